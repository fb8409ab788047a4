"""What came of a message of a call-back: queued, when a gateway is on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0014_repeats"),
    ]

    operations = [
        migrations.AlterField(
            model_name="callbackattempt",
            name="result",
            field=models.CharField(
                choices=[
                    ("reached", "已接通"),
                    ("no_answer", "无人接听"),
                    ("busy", "占线或挂断"),
                    ("wrong", "空号或错号"),
                    ("recorded", "文本已记录，未发送"),
                    ("queued", "短信已排队发送"),
                ],
                max_length=10,
                verbose_name="结果",
            ),
        ),
    ]
