"""Who reports for a schedule is judged by the centre; a schedule from before waits for it at each whistle."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('whistles', '0003_attending_posts'),
    ]

    operations = [
        migrations.AddField(
            model_name='whistleschedule',
            name='judged_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='研判时间'),
        ),
        migrations.AddField(
            model_name='whistleschedule',
            name='judged_by',
            field=models.UUIDField(blank=True, null=True, verbose_name='研判人'),
        ),
        migrations.AlterField(
            model_name='whistleschedule',
            name='opens_as',
            field=models.CharField(choices=[('draft', '草稿，由人吹哨'), ('sent', '按研判的单位直接派发')], default='draft', max_length=8, verbose_name='开出方式'),
        ),
    ]
