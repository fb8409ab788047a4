"""The way in, the registry and the exchange."""

import django.db.models.deletion
import yiwang.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('orgs', '0003_shipped_kinds'),
    ]

    operations = [
        migrations.CreateModel(
            name='Channel',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('code', models.CharField(max_length=40, unique=True, verbose_name='渠道代码')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('kind', models.CharField(choices=[('hotline', '热线'), ('letterbox', '书记信箱'), ('app', '移动应用'), ('grid', '网格'), ('urban_management', '数字城管'), ('whistle', '吹哨报到'), ('police', '公安'), ('fire', '消防'), ('sensor', '物联感知'), ('camera', '视频与无人机'), ('weather', '气象预警'), ('government', '部门系统'), ('platform', '上下级平台'), ('handler', '承办系统'), ('web', '网站'), ('media', '媒体'), ('chat', '群聊'), ('sms', '短信'), ('other', '其他')], max_length=20, verbose_name='来源类别')),
                ('door', models.CharField(choices=[('push', '接口推送'), ('pull', '接口拉取'), ('open311', 'Open311 接口'), ('cap', 'CAP 预警'), ('mqtt', 'MQTT 设备'), ('camera', '视频告警'), ('files', '文件'), ('form', '公众表单'), ('mail', '电子邮件'), ('sms', '短信网关'), ('chat', '群机器人'), ('handler', '承办系统接口'), ('jetstream', 'JetStream 队列'), ('webhook', '事件推送'), ('manual', '人工登记')], max_length=12, verbose_name='对接方式')),
                ('direction', models.CharField(choices=[('in', '接入'), ('out', '输出'), ('both', '双向')], max_length=4, verbose_name='方向')),
                ('owner', models.CharField(max_length=80, verbose_name='主管单位')),
                ('rank', models.SmallIntegerField(default=5, verbose_name='处理次序')),
                ('text', models.TextField(verbose_name='渠道定义')),
                ('digest', models.BinaryField(verbose_name='摘要')),
                ('is_enabled', models.BooleanField(default=False, verbose_name='启用')),
                ('valid_from', models.DateField(null=True, verbose_name='生效日期')),
                ('valid_to', models.DateField(null=True, verbose_name='失效日期')),
            ],
            options={
                'verbose_name': '渠道',
                'ordering': ['rank', 'code'],
            },
        ),
        migrations.CreateModel(
            name='ChannelQuota',
            fields=[
                ('channel', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='渠道')),
                ('tokens', models.FloatField(verbose_name='剩余')),
                ('at', models.DateTimeField(verbose_name='时间')),
            ],
            options={
                'verbose_name': '渠道配额桶',
            },
        ),
        migrations.CreateModel(
            name='RunnerState',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name='名称')),
                ('started_at', models.DateTimeField(verbose_name='开始时间')),
                ('seen_at', models.DateTimeField(verbose_name='最近心跳')),
                ('failures', models.IntegerField(default=0, verbose_name='连续失败')),
                ('last_error', models.CharField(blank=True, default='', max_length=300, verbose_name='最近错误')),
            ],
            options={
                'verbose_name': '对接进程状态',
            },
        ),
        migrations.CreateModel(
            name='PullCursor',
            fields=[
                ('channel', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='intake.channel', verbose_name='渠道')),
                ('cursor', models.CharField(blank=True, default='', max_length=500, verbose_name='游标')),
                ('etag', models.CharField(blank=True, default='', max_length=300, verbose_name='ETag 标记')),
                ('last_modified', models.CharField(blank=True, default='', max_length=80, verbose_name='Last-Modified 标记')),
                ('polled_at', models.DateTimeField(null=True, verbose_name='拉取时间')),
                ('failures', models.IntegerField(default=0, verbose_name='连续失败')),
                ('last_error', models.CharField(blank=True, default='', max_length=300, verbose_name='最近错误')),
            ],
            options={
                'verbose_name': '拉取游标',
            },
        ),
        migrations.CreateModel(
            name='ChannelHour',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=40, verbose_name='渠道')),
                ('hour', models.DateTimeField(verbose_name='小时')),
                ('shard', models.SmallIntegerField(verbose_name='分片')),
                ('received', models.IntegerField(default=0, verbose_name='收到')),
                ('accepted', models.IntegerField(default=0, verbose_name='入库')),
                ('updated', models.IntegerField(default=0, verbose_name='更新')),
                ('unchanged', models.IntegerField(default=0, verbose_name='重复')),
                ('quarantined', models.IntegerField(default=0, verbose_name='隔离')),
                ('refused', models.IntegerField(default=0, verbose_name='拒绝')),
                ('over_quota', models.IntegerField(default=0, verbose_name='超额')),
                ('ignored', models.IntegerField(default=0, verbose_name='略过')),
                ('handled', models.IntegerField(default=0, verbose_name='已处理')),
                ('lag_ms', models.BigIntegerField(default=0, verbose_name='延迟合计')),
                ('lag_max_ms', models.BigIntegerField(default=0, verbose_name='最大延迟')),
                ('last_at', models.DateTimeField(null=True, verbose_name='最近一次')),
            ],
            options={
                'verbose_name': '渠道小时计数',
                'constraints': [models.UniqueConstraint(fields=('channel', 'hour', 'shard'), name='intake_channel_hour_once')],
            },
        ),
        migrations.CreateModel(
            name='ChannelKey',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('hmac', 'HMAC 签名密钥'), ('token', '访问令牌'), ('api_key', 'Open311 密钥'), ('theirs', '对方发放的令牌')], max_length=8, verbose_name='类型')),
                ('name', models.CharField(max_length=40, unique=True, verbose_name='凭证编号')),
                ('secret', models.BinaryField(verbose_name='密钥（加密）')),
                ('secret_hash', models.BinaryField(verbose_name='密钥散列')),
                ('valid_from', models.DateTimeField(verbose_name='生效时间')),
                ('valid_to', models.DateTimeField(null=True, verbose_name='失效时间')),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='intake.channel', verbose_name='渠道')),
            ],
            options={
                'verbose_name': '渠道凭证',
            },
        ),
        migrations.CreateModel(
            name='Mapping',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('edition', models.PositiveIntegerField(verbose_name='版次')),
                ('format', models.CharField(choices=[('csv', 'CSV 表格'), ('xlsx', 'Excel 工作簿'), ('json', 'JSON 报文'), ('xml', 'XML 报文'), ('form', '表单')], max_length=8, verbose_name='来源格式')),
                ('channel', models.CharField(max_length=40, verbose_name='来源渠道')),
                ('text', models.TextField(verbose_name='映射文件')),
                ('digest', models.BinaryField(verbose_name='摘要')),
                ('valid_from', models.DateTimeField(verbose_name='生效时间')),
            ],
            options={
                'verbose_name': '映射',
                'constraints': [models.UniqueConstraint(fields=('name', 'edition'), name='intake_mapping_once')],
            },
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('file_name', models.CharField(max_length=200, verbose_name='文件名')),
                ('file_hash', models.BinaryField(verbose_name='文件散列')),
                ('channel', models.CharField(max_length=40, verbose_name='来源渠道')),
                ('state', models.CharField(choices=[('running', '导入中'), ('done', '已完成'), ('failed', '已中断')], default='running', max_length=8, verbose_name='状态')),
                ('read', models.IntegerField(default=0, verbose_name='读取')),
                ('accepted', models.IntegerField(default=0, verbose_name='入库')),
                ('unchanged', models.IntegerField(default=0, verbose_name='未变')),
                ('quarantined', models.IntegerField(default=0, verbose_name='隔离')),
                ('failure', models.CharField(blank=True, default='', max_length=300, verbose_name='中断原因')),
                ('by', models.UUIDField(null=True, verbose_name='导入人')),
                ('started_at', models.DateTimeField(verbose_name='开始时间')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='结束时间')),
                ('mapping', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='intake.mapping', verbose_name='映射')),
            ],
            options={
                'verbose_name': '导入批次',
            },
        ),
        migrations.AddField(
            model_name='channel',
            name='mapping',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='channels', to='intake.mapping', verbose_name='映射'),
        ),
        migrations.CreateModel(
            name='Nonce',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.UUIDField(verbose_name='凭证')),
                ('value', models.CharField(max_length=80, verbose_name='随机数')),
                ('at', models.DateTimeField(verbose_name='时间')),
            ],
            options={
                'verbose_name': '一次性随机数',
                'indexes': [models.Index(fields=['at'], name='intake_nonce_age')],
                'constraints': [models.UniqueConstraint(fields=('key', 'value'), name='intake_nonce_once')],
            },
        ),
        migrations.CreateModel(
            name='RawMessage',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('channel', models.CharField(max_length=40, verbose_name='来源渠道')),
                ('identity', models.CharField(max_length=200, verbose_name='身份')),
                ('payload', models.BinaryField(verbose_name='原文（加密）')),
                ('hash', models.BinaryField(verbose_name='散列')),
                ('line', models.IntegerField(null=True, verbose_name='序号')),
                ('state', models.CharField(choices=[('received', '已收到'), ('accepted', '已入库'), ('updated', '并入原诉求'), ('unchanged', '内容未变'), ('quarantined', '隔离中'), ('replayed', '更正后入库'), ('dropped', '已舍弃')], default='received', max_length=12, verbose_name='状态')),
                ('report', models.UUIDField(null=True, verbose_name='诉求')),
                ('received_at', models.DateTimeField(verbose_name='收到时间')),
                ('handled_at', models.DateTimeField(null=True, verbose_name='处理时间')),
                ('mapping', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='intake.mapping', verbose_name='映射')),
                ('run', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='intake.importrun', verbose_name='导入批次')),
            ],
            options={
                'verbose_name': '原始消息',
            },
        ),
        migrations.CreateModel(
            name='QuarantineEntry',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('reason', models.CharField(choices=[('broken_row', '行格式损坏'), ('missing', '缺少必填项'), ('bad_time', '时间无法识别'), ('bad_number', '数字无法识别'), ('bad_coordinate', '坐标有误'), ('outside', '坐标不在辖区'), ('unknown_class', '事项类别未知'), ('unknown_area', '社区未知'), ('unknown_value', '取值未知'), ('closed_before_created', '办结早于接收'), ('number_reused', '来源编号重复而内容不同'), ('too_long', '内容过长'), ('refused', '无权登记到该区域'), ('invalid', '不符合登记要求'), ('unreadable', '报文无法解析'), ('unknown_device', '设备未登记'), ('poison', '处理时出错')], max_length=24, verbose_name='原因')),
                ('field', models.CharField(max_length=40, verbose_name='字段')),
                ('value', models.CharField(blank=True, max_length=200, verbose_name='原值')),
                ('remedy', models.CharField(max_length=300, verbose_name='处理建议')),
                ('corrections', models.BinaryField(null=True, verbose_name='更正值（加密）')),
                ('state', models.CharField(choices=[('open', '待处理'), ('corrected', '已更正'), ('dropped', '已舍弃')], default='open', max_length=10, verbose_name='状态')),
                ('by', models.UUIDField(null=True, verbose_name='处理人')),
                ('at', models.DateTimeField(null=True, verbose_name='处理时间')),
                ('created_at', models.DateTimeField(verbose_name='隔离时间')),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='intake.importrun', verbose_name='导入批次')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='intake.rawmessage', verbose_name='原始消息')),
            ],
            options={
                'verbose_name': '隔离条目',
            },
        ),
        migrations.CreateModel(
            name='WriteBack',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('report', models.UUIDField(verbose_name='诉求')),
                ('case', models.UUIDField(verbose_name='案件')),
                ('change', models.CharField(max_length=20, verbose_name='变化')),
                ('happened_at', models.DateTimeField(verbose_name='发生时间')),
                ('facts', models.JSONField(default=dict, verbose_name='事实')),
                ('state', models.CharField(choices=[('waiting', '待发送'), ('sent', '已送达'), ('given_up', '已放弃')], default='waiting', max_length=8, verbose_name='状态')),
                ('attempts', models.IntegerField(default=0, verbose_name='尝试次数')),
                ('due_at', models.DateTimeField(verbose_name='下次发送')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='送达时间')),
                ('answer', models.CharField(blank=True, default='', max_length=300, verbose_name='对方应答')),
                ('created_at', models.DateTimeField(verbose_name='产生时间')),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='write_backs', to='intake.channel', verbose_name='渠道')),
            ],
            options={
                'verbose_name': '回写',
            },
        ),
        migrations.AddIndex(
            model_name='channelkey',
            index=models.Index(fields=['secret_hash'], name='intake_key_hash'),
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(fields=['-started_at', '-id'], name='intake_run_recent'),
        ),
        migrations.AddIndex(
            model_name='rawmessage',
            index=models.Index(condition=models.Q(('state', 'received')), fields=['channel', 'received_at', 'id'], name='intake_message_waiting'),
        ),
        migrations.AddIndex(
            model_name='rawmessage',
            index=models.Index(condition=models.Q(('report__isnull', False), ('run', None)), fields=['report', '-received_at'], name='intake_message_report'),
        ),
        migrations.AddIndex(
            model_name='rawmessage',
            index=models.Index(condition=models.Q(('run', None)), fields=['channel', '-received_at'], name='intake_message_recent'),
        ),
        migrations.AddConstraint(
            model_name='rawmessage',
            constraint=models.UniqueConstraint(fields=('channel', 'identity'), name='intake_message_once'),
        ),
        migrations.AddIndex(
            model_name='quarantineentry',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['-created_at', '-id'], name='intake_quarantine_open'),
        ),
        migrations.AddIndex(
            model_name='writeback',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at', 'id'], name='intake_write_back_due'),
        ),
        migrations.AddIndex(
            model_name='writeback',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['report', 'happened_at'], name='intake_write_back_order'),
        ),
        migrations.AddIndex(
            model_name='writeback',
            index=models.Index(fields=['channel', '-created_at', '-id'], name='intake_write_back_recent'),
        ),
        migrations.AddIndex(
            model_name='writeback',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'given_up'])), fields=['-created_at', '-id'], name='intake_write_back_open'),
        ),
        migrations.AddConstraint(
            model_name='writeback',
            constraint=models.UniqueConstraint(fields=('channel', 'report', 'change', 'happened_at'), name='intake_write_back_once'),
        ),
    ]
