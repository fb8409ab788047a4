"""Who came is a post of a list. What was typed before may hold a name, so it is emptied, not kept."""

from django.db import migrations, models

EMPTY_TYPED = (
    "UPDATE whistles_checkin SET representative = '' WHERE representative NOT IN"
    " ('', 'head', 'deputy', 'section', 'officer', 'technician', 'staff')"
)


class Migration(migrations.Migration):

    dependencies = [
        ('whistles', '0002_link_expiry'),
    ]

    operations = [
        migrations.RunSQL(EMPTY_TYPED, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='checkin',
            name='representative',
            field=models.CharField(blank=True, choices=[('head', '单位负责人'), ('deputy', '分管负责人'), ('section', '科室、所、队负责人'), ('officer', '执法人员、民警'), ('technician', '技术、抢修人员'), ('staff', '其他工作人员')], default='', max_length=40, verbose_name='到场职务'),
        ),
    ]
