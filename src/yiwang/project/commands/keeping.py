"""`yiwang backup` and `yiwang restore`: everything an instance must not lose."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .. import instance


def register(cli: click.Group) -> None:
    """Add the commands of this module."""
    cli.add_command(backup)
    cli.add_command(restore)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def backup(folder: Path) -> None:
    """备份：数据库、证据文件与密钥环写入新目录 FOLDER，附校验清单。

    密钥环能解开加密内容：请把备份当作机密保存。
    """
    instance.use_database()
    from ..keeping import KeepingError, make_backup

    try:
        manifest = make_backup(folder)
    except KeepingError as error:
        sys.exit(f"yiwang: {error}")
    click.echo(f"已备份到 {folder}：{len(manifest['parts'])} 个部分，{manifest['bytes']:,} 字节。")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="只按清单校验，不恢复。")
def restore(folder: Path, *, check: bool) -> None:
    """恢复：校验 FOLDER 后恢复到一个空的实例。"""
    from ..keeping import KeepingError, restore_backup, verify

    try:
        manifest = verify(folder)
        if not check:
            instance.use_database()
            restore_backup(folder)
    except KeepingError as error:
        sys.exit(f"yiwang: {error}")
    click.echo(f"{'校验无误' if check else '已恢复'}：备份于 {manifest['made_at']}。")
