"""Takes the recipes out of a document and holds them to what reads them.

check-docs.py FILE FOLDER: writes each YAML block under the name in its first line into
FOLDER, to be validated there; parses the Python blocks; and has bash parse the shell
blocks and every script inside the YAML.
"""

import ast
import pathlib
import re
import subprocess
import sys

from ruamel.yaml import YAML


def check_shell(text):
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)


def scripts(node):
    """The shell scripts of a workflow or a pipeline: `run`, `script` and the like."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("run", "script", "before_script"):
                yield value if isinstance(value, str) else "\n".join(value)
            else:
                yield from scripts(value)
    elif isinstance(node, list):
        for value in node:
            yield from scripts(value)


def main(document, folder):
    count = 0
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```$", pathlib.Path(document).read_text(), re.M | re.S):
        if language == "sh":
            check_shell(text)
        elif language == "python":
            ast.parse(text)
        elif language == "yaml":
            name = pathlib.Path(text.splitlines()[0].removeprefix("# ")).name.lstrip(".")
            (pathlib.Path(folder) / name).write_text(text)
            for script in scripts(YAML(typ="safe").load(text)):
                check_shell(script)
        else:
            print(f"{language}: not checked")
            continue
        count += 1
    print(f"{count} blocks of {document} are well")


main(*sys.argv[1:])
