"""Links of outside units expire: days beyond the last limit as data of the kind; when a link was made anew."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('whistles', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='whistlekind',
            name='link_days',
            field=models.PositiveSmallIntegerField(default=7, verbose_name='链接保留天数'),
        ),
        migrations.AddField(
            model_name='whistletask',
            name='link_made_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='链接重发时间'),
        ),
    ]
