"""Public forms 公众表单: 我对书记有话说, 随手拍 and whatever else is asked on `/f/<channel>/`.

The pages stand in `pages.letterbox`; a channel's settings say what is asked and to whom a message goes.
"""

from __future__ import annotations

from ..rules.door_settings import register_settings
from ..rules.letterbox import form_settings
from ..rules.yaml_tree import YamlTree


def check_settings(tree: YamlTree) -> None:
    """Settings of a form channel; see docs/channels-people.md."""
    form_settings(tree)


register_settings("form", check_settings)
