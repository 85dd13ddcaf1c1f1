"""Parts of the reference that are lists: the functions of the notation, and the help of every command."""

from __future__ import annotations

import inspect

import click
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import symnet
from symnet.cli import main


class Notation(SphinxDirective):
    """``{notation}``: the functions that a definition may call, in the order of the notation."""

    def run(self) -> list[nodes.Node]:
        lines = [f".. autofunction:: symnet.{name}" for name in symnet.FUNCTIONS]
        box = nodes.container()
        self.state.nested_parse(StringList(["```{eval-rst}", *lines, "```"], "notation"), 0, box)
        return box.children


class Commands(SphinxDirective):
    """``{commands}``: what ``--help`` prints, a section for each command."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(inspect.getsourcefile(symnet.cli)))
        context = click.Context(main, info_name="symnet")
        return [self._command(name, main.get_command(context, name), context) for name in main.list_commands(context)]

    def _command(self, name: str, command: click.Command, context: click.Context) -> nodes.section:
        text = command.get_help(click.Context(command, context, info_name=name, terminal_width=90))
        section = nodes.section("", nodes.title("", f"symnet {name}"), ids=[f"symnet-{name}"])
        section += nodes.literal_block(text, text, language="text")
        return section


def setup(app: Sphinx) -> None:
    app.add_directive("notation", Notation)
    app.add_directive("commands", Commands)
