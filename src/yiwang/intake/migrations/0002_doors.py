"""What single doors keep: devices, alerts, transfers and the like."""

import django.db.models.deletion
import yiwang.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('channel', models.CharField(max_length=40, verbose_name='渠道')),
                ('source', models.CharField(max_length=40, verbose_name='来源')),
                ('identifier', models.CharField(max_length=200, verbose_name='预警标识')),
                ('sender', models.CharField(max_length=200, verbose_name='发布者标识')),
                ('sent', models.DateTimeField(verbose_name='发布时间')),
                ('status', models.CharField(choices=[('Actual', '实际'), ('Exercise', '演练'), ('System', '系统'), ('Test', '测试'), ('Draft', '草稿')], max_length=8, verbose_name='性质')),
                ('kind', models.CharField(choices=[('Alert', '发布'), ('Update', '更新'), ('Cancel', '解除'), ('Ack', '确认'), ('Error', '差错')], max_length=8, verbose_name='报文类型')),
                ('level', models.SmallIntegerField(verbose_name='级别')),
                ('event', models.CharField(blank=True, default='', max_length=200, verbose_name='事件')),
                ('headline', models.CharField(blank=True, default='', max_length=300, verbose_name='标题')),
                ('issuer', models.CharField(blank=True, default='', max_length=200, verbose_name='发布单位')),
                ('effective_at', models.DateTimeField(verbose_name='生效时间')),
                ('expires_at', models.DateTimeField(verbose_name='失效时间')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='终止时间')),
                ('ending', models.CharField(blank=True, choices=[('updated', '已更新'), ('cancelled', '已解除')], default='', max_length=10, verbose_name='终止方式')),
                ('root', models.CharField(max_length=200, verbose_name='首发标识')),
                ('body', models.JSONField(verbose_name='报文内容')),
                ('raw', models.BinaryField(verbose_name='原文（加密）')),
                ('digest', models.BinaryField(verbose_name='摘要')),
                ('received_at', models.DateTimeField(verbose_name='收到时间')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ended', to='intake.alert', verbose_name='终止它的预警')),
            ],
            options={
                'verbose_name': '预警',
            },
        ),
        migrations.CreateModel(
            name='AlertArea',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('whole', models.BooleanField(verbose_name='整个区域')),
                ('by', models.CharField(max_length=8, verbose_name='依据')),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='areas', to='intake.alert', verbose_name='预警')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orgs.area', verbose_name='区域')),
            ],
            options={
                'verbose_name': '预警影响区域',
            },
        ),
        migrations.CreateModel(
            name='AlertFeed',
            fields=[
                ('channel', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='intake.channel', verbose_name='渠道')),
                ('state', models.TextField(blank=True, default='', verbose_name='已读条目')),
            ],
            options={
                'verbose_name': '预警目录进度',
            },
        ),
        migrations.CreateModel(
            name='AlertReference',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('identifier', models.CharField(max_length=200, verbose_name='被引用的标识')),
                ('sender', models.CharField(blank=True, default='', max_length=200, verbose_name='被引用的发布者')),
                ('sent', models.DateTimeField(null=True, verbose_name='被引用的发布时间')),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='references', to='intake.alert', verbose_name='预警')),
            ],
            options={
                'verbose_name': '预警引用',
            },
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('channel', models.CharField(max_length=40, verbose_name='渠道')),
                ('code', models.CharField(max_length=40, verbose_name='设备编号')),
                ('kind', models.CharField(choices=[('smoke', '烟感'), ('manhole', '井盖'), ('water_level', '水位'), ('air', '空气质量'), ('noise', '噪声'), ('gas', '燃气'), ('tilt', '倾斜'), ('camera', '摄像机'), ('drone', '无人机'), ('other', '其他')], default='other', max_length=16, verbose_name='设备类型')),
                ('name', models.CharField(blank=True, default='', max_length=60, verbose_name='名称')),
                ('part', models.CharField(blank=True, default='', max_length=16, verbose_name='部件标识码')),
                ('address', models.CharField(blank=True, default='', max_length=120, verbose_name='位置描述')),
                ('lon', models.FloatField(null=True, verbose_name='经度')),
                ('lat', models.FloatField(null=True, verbose_name='纬度')),
                ('community', models.UUIDField(null=True, verbose_name='社区')),
                ('owner_unit', models.UUIDField(null=True, verbose_name='权属单位')),
                ('installed_on', models.DateField(null=True, verbose_name='安装日期')),
                ('offline_after', models.PositiveIntegerField(null=True, verbose_name='离线判定（分钟）')),
                ('state', models.CharField(choices=[('unregistered', '设备未登记'), ('waiting', '未上线'), ('online', '在线'), ('offline', '离线'), ('retired', '已停用')], default='waiting', max_length=12, verbose_name='状态')),
                ('last_seen', models.DateTimeField(null=True, verbose_name='最近在线')),
                ('battery', models.PositiveSmallIntegerField(null=True, verbose_name='电量')),
                ('silences', models.PositiveIntegerField(default=0, verbose_name='离线次数')),
                ('silence_told', models.BooleanField(default=False, verbose_name='离线已上报')),
                ('found_at', models.DateTimeField(verbose_name='首次出现')),
                ('changed_at', models.DateTimeField(verbose_name='变更时间')),
            ],
            options={
                'verbose_name': '设备',
                'indexes': [models.Index(fields=['code', 'id'], name='intake_device_code'), models.Index(fields=['state', 'code', 'id'], name='intake_device_state'), models.Index(fields=['changed_at'], name='intake_device_changed')],
                'constraints': [models.UniqueConstraint(fields=('channel', 'code'), name='intake_device_once')],
            },
        ),
        migrations.CreateModel(
            name='CameraAlarm',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=40, verbose_name='渠道')),
                ('identity', models.CharField(max_length=80, verbose_name='身份')),
                ('type', models.CharField(max_length=40, verbose_name='告警类型')),
                ('confidence', models.FloatField(null=True, verbose_name='置信度')),
                ('at', models.DateTimeField(verbose_name='告警时间')),
                ('received_at', models.DateTimeField(verbose_name='收到时间')),
                ('outcome', models.CharField(choices=[('reported', '已上报'), ('followed', '并入已上报'), ('suppressed', '已抑制'), ('unsure', '置信度不足')], max_length=10, verbose_name='去向')),
                ('number', models.CharField(blank=True, default='', max_length=120, verbose_name='来源编号')),
                ('verdict', models.CharField(choices=[('pending', '待核实'), ('confirmed', '属实'), ('refuted', '误报')], default='pending', max_length=10, verbose_name='核实结论')),
                ('removed', models.PositiveSmallIntegerField(default=0, verbose_name='移除个人字段')),
                ('case', models.UUIDField(null=True, verbose_name='案件')),
                ('worker', models.UUIDField(null=True, verbose_name='核实人')),
                ('worker_told_at', models.DateTimeField(null=True, verbose_name='派核时间')),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alarms', to='intake.device', verbose_name='摄像机')),
            ],
            options={
                'verbose_name': '视频告警',
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=40, verbose_name='渠道')),
                ('message_id', models.BinaryField(verbose_name='邮件标识散列')),
                ('thread', models.CharField(max_length=120, verbose_name='来源编号')),
                ('sender', models.BinaryField(verbose_name='发件人索引')),
                ('received_at', models.DateTimeField(verbose_name='收到时间')),
            ],
            options={
                'verbose_name': '来信',
                'indexes': [models.Index(fields=['channel', 'sender', '-received_at'], name='intake_letter_sender')],
                'constraints': [models.UniqueConstraint(fields=('channel', 'message_id'), name='intake_letter_once')],
            },
        ),
        migrations.CreateModel(
            name='MeasuringPoint',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('metric', models.CharField(max_length=40, verbose_name='指标')),
                ('last_at', models.DateTimeField(null=True, verbose_name='最近读数时间')),
                ('last_value', models.FloatField(null=True, verbose_name='最近读数')),
                ('memory', models.TextField(default='{}', verbose_name='规则状态')),
                ('waiting_since', models.DateTimeField(null=True, verbose_name='待定自')),
                ('stamp', models.IntegerField(default=0, verbose_name='变更序号')),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='points', to='intake.device', verbose_name='设备')),
            ],
            options={
                'verbose_name': '测点',
            },
        ),
        migrations.CreateModel(
            name='KeptReading',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('value', models.FloatField(verbose_name='读数')),
                ('point', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='intake.measuringpoint', verbose_name='测点')),
            ],
            options={
                'verbose_name': '留存读数',
            },
        ),
        migrations.CreateModel(
            name='ReadingBatch',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=40, verbose_name='渠道')),
                ('messages', models.IntegerField(verbose_name='消息数')),
                ('readings', models.IntegerField(verbose_name='读数个数')),
                ('broken', models.IntegerField(default=0, verbose_name='无法解析')),
                ('payload', models.BinaryField(verbose_name='原文（加密）')),
                ('received_at', models.DateTimeField(verbose_name='收到时间')),
            ],
            options={
                'verbose_name': '读数批次',
                'indexes': [models.Index(fields=['received_at'], name='intake_batch_age')],
            },
        ),
        migrations.CreateModel(
            name='ServiceRequest',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('token', models.CharField(max_length=40, unique=True, verbose_name='查询令牌')),
                ('channel', models.CharField(max_length=40, verbose_name='渠道')),
                ('key', models.UUIDField(null=True, verbose_name='凭证')),
                ('service_code', models.CharField(max_length=80, verbose_name='服务代码')),
                ('message', models.UUIDField(verbose_name='原始消息')),
                ('received_at', models.DateTimeField(verbose_name='收到时间')),
            ],
            options={
                'verbose_name': '服务请求',
                'indexes': [models.Index(fields=['channel', '-received_at', '-id'], name='intake_service_request_recent'), models.Index(fields=['message'], name='intake_service_request_message')],
            },
        ),
        migrations.CreateModel(
            name='SmsPart',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=40, verbose_name='渠道')),
                ('sender', models.BinaryField(verbose_name='号码索引')),
                ('reference', models.CharField(max_length=60, verbose_name='拼接号')),
                ('number', models.SmallIntegerField(verbose_name='序号')),
                ('total', models.SmallIntegerField(verbose_name='总数')),
                ('mark', models.BinaryField(verbose_name='内容索引')),
                ('payload', models.BinaryField(null=True, verbose_name='内容（加密）')),
                ('received_at', models.DateTimeField(verbose_name='收到时间')),
                ('joined_at', models.DateTimeField(null=True, verbose_name='拼接时间')),
            ],
            options={
                'verbose_name': '短信分段',
                'indexes': [models.Index(fields=['channel', 'received_at'], name='intake_sms_part_age')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('joined_at', None)), fields=('channel', 'sender', 'reference', 'number'), name='intake_sms_part_once')],
            },
        ),
        migrations.CreateModel(
            name='SourceRequest',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('report', models.UUIDField(verbose_name='诉求')),
                ('case', models.UUIDField(verbose_name='案件')),
                ('kind', models.CharField(choices=[('extension', '延期'), ('return', '退单')], max_length=10, verbose_name='申请事项')),
                ('state', models.CharField(choices=[('asked', '待来源答复'), ('granted', '来源同意'), ('refused', '来源不同意'), ('taken_back', '已收回')], default='asked', max_length=10, verbose_name='状态')),
                ('asked_seq', models.PositiveIntegerField(verbose_name='申请存证序号')),
                ('wished_at', models.DateTimeField(null=True, verbose_name='希望延至')),
                ('asked_by', models.UUIDField(null=True, verbose_name='申请人')),
                ('asked_post', models.UUIDField(null=True, verbose_name='申请岗位')),
                ('asked_at', models.DateTimeField(verbose_name='申请时间')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='答复时间')),
                ('granted_due_at', models.DateTimeField(null=True, verbose_name='同意的时限')),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='intake.channel', verbose_name='渠道')),
            ],
            options={
                'verbose_name': '来源申请',
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('case', models.UUIDField(verbose_name='案件')),
                ('reference', models.CharField(max_length=40, unique=True, verbose_name='来文编号')),
                ('service_code', models.CharField(max_length=80, verbose_name='对方服务代码')),
                ('description', models.TextField(blank=True, default='', verbose_name='发送内容')),
                ('state', models.CharField(choices=[('waiting', '待发送'), ('sending', '发送中'), ('unclear', '结果待查'), ('numbering', '待对方编号'), ('open', '对方办理中'), ('closed', '对方已办结'), ('refused', '对方拒收'), ('stuck', '待人工核对'), ('cancelled', '已撤销')], default='waiting', max_length=10, verbose_name='状态')),
                ('token', models.CharField(blank=True, default='', max_length=200, verbose_name='对方令牌')),
                ('remote_id', models.CharField(blank=True, default='', max_length=120, verbose_name='对方编号')),
                ('status', models.CharField(blank=True, default='', max_length=40, verbose_name='对方状态')),
                ('notes', models.CharField(blank=True, default='', max_length=1000, verbose_name='对方说明')),
                ('agency', models.CharField(blank=True, default='', max_length=120, verbose_name='对方承办单位')),
                ('expected_at', models.DateTimeField(null=True, verbose_name='对方预计办结')),
                ('updated_at', models.DateTimeField(null=True, verbose_name='对方更新时间')),
                ('proposal', models.CharField(default='open', max_length=10, verbose_name='处理建议')),
                ('seen_at', models.DateTimeField(null=True, verbose_name='核对时间')),
                ('attempts', models.IntegerField(default=0, verbose_name='发送次数')),
                ('failures', models.IntegerField(default=0, verbose_name='连续失败')),
                ('looks', models.IntegerField(default=0, verbose_name='查找次数')),
                ('last_error', models.CharField(blank=True, default='', max_length=300, verbose_name='最近错误')),
                ('next_at', models.DateTimeField(null=True, verbose_name='下次处理')),
                ('tried_at', models.DateTimeField(null=True, verbose_name='最近发送')),
                ('by', models.UUIDField(null=True, verbose_name='转派人')),
                ('post', models.UUIDField(null=True, verbose_name='转派岗位')),
                ('created_at', models.DateTimeField(verbose_name='转派时间')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='送达时间')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='对方办结时间')),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='intake.channel', verbose_name='渠道')),
            ],
            options={
                'verbose_name': '转派外部平台',
            },
        ),
        migrations.CreateModel(
            name='TransferUpdate',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('status', models.CharField(max_length=40, verbose_name='对方状态')),
                ('notes', models.CharField(blank=True, default='', max_length=1000, verbose_name='对方说明')),
                ('agency', models.CharField(blank=True, default='', max_length=120, verbose_name='对方承办单位')),
                ('transfer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='updates', to='intake.transfer', verbose_name='转派')),
            ],
            options={
                'verbose_name': '对方进展',
            },
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['-sent', '-id'], name='intake_alert_recent'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['expires_at'], name='intake_alert_expiry'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['source', 'root'], name='intake_alert_line'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(fields=('source', 'identifier', 'sender', 'sent'), name='intake_alert_once'),
        ),
        migrations.AddConstraint(
            model_name='alertarea',
            constraint=models.UniqueConstraint(fields=('alert', 'area'), name='intake_alert_area_once'),
        ),
        migrations.AddIndex(
            model_name='alertreference',
            index=models.Index(fields=['identifier'], name='intake_alert_named'),
        ),
        migrations.AddIndex(
            model_name='cameraalarm',
            index=models.Index(fields=['device', '-at', 'id'], name='intake_alarm_device'),
        ),
        migrations.AddIndex(
            model_name='cameraalarm',
            index=models.Index(condition=models.Q(('outcome', 'reported')), fields=['channel', 'number'], name='intake_alarm_number'),
        ),
        migrations.AddIndex(
            model_name='cameraalarm',
            index=models.Index(condition=models.Q(('verdict', 'pending'), ('worker__isnull', False)), fields=['worker', '-at', 'id'], name='intake_alarm_worker'),
        ),
        migrations.AddIndex(
            model_name='cameraalarm',
            index=models.Index(condition=models.Q(('case__isnull', False)), fields=['case'], name='intake_alarm_case'),
        ),
        migrations.AddConstraint(
            model_name='cameraalarm',
            constraint=models.UniqueConstraint(fields=('channel', 'identity'), name='intake_alarm_once'),
        ),
        migrations.AddIndex(
            model_name='measuringpoint',
            index=models.Index(condition=models.Q(('waiting_since__isnull', False)), fields=['waiting_since'], name='intake_point_waiting'),
        ),
        migrations.AddConstraint(
            model_name='measuringpoint',
            constraint=models.UniqueConstraint(fields=('device', 'metric'), name='intake_point_once'),
        ),
        migrations.AddIndex(
            model_name='keptreading',
            index=models.Index(fields=['at'], name='intake_reading_age'),
        ),
        migrations.AddConstraint(
            model_name='keptreading',
            constraint=models.UniqueConstraint(fields=('point', 'at'), name='intake_reading_once'),
        ),
        migrations.AddIndex(
            model_name='sourcerequest',
            index=models.Index(fields=['case', '-asked_at'], name='intake_request_case'),
        ),
        migrations.AddIndex(
            model_name='sourcerequest',
            index=models.Index(fields=['report', 'asked_at'], name='intake_request_report'),
        ),
        migrations.AddConstraint(
            model_name='sourcerequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('report', 'kind'), name='intake_request_one_open'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at', 'id'], name='intake_transfer_due'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(fields=['-created_at', '-id'], name='intake_transfer_recent'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['refused', 'cancelled']), _negated=True), fields=('case', 'channel'), name='intake_transfer_once'),
        ),
        migrations.AddIndex(
            model_name='transferupdate',
            index=models.Index(fields=['transfer', 'at'], name='intake_transfer_update_order'),
        ),
    ]
