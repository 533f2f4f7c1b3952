"""What every script here shares: a class of an official repository, at its commit, and the file of numbers that it gives."""
import importlib.machinery
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "oracle"))


class Clone:
    """A git clone of a repository, whose path is the script's only argument. Files are read at the commit, never written."""

    def __init__(self, repository, commit):
        if len(sys.argv) != 2:
            raise SystemExit(f"usage: {Path(sys.argv[0]).name} CLONE, a git clone of github.com/{repository} with commit {commit}")
        self.path, self.repository, self.commit = sys.argv[1], repository, commit

    def read(self, file):
        shown = subprocess.run(["git", "-C", self.path, "show", f"{self.commit}:{file}"], capture_output=True, text=True)
        if shown.returncode:
            raise SystemExit(f"{self.path} has no {file} at {self.commit}: {shown.stderr.strip()}")
        return shown.stdout

    def module(self, file, package="official", siblings=()):
        """The module of a file; `siblings` are files of its folder that it imports."""
        folder, name = file.rsplit("/", 1)
        parent = ModuleType(package)
        parent.__path__ = []
        sys.modules[package] = parent
        for sibling in siblings:
            self._load(f"{folder}/{sibling}", package)
        return self._load(file, package)

    def _load(self, file, package):
        name = f"{package}.{Path(file).stem}"
        module = importlib.util.module_from_spec(importlib.machinery.ModuleSpec(name, None))
        module.__package__ = package
        sys.modules[name] = module
        exec(compile(self.read(file), file, "exec"), module.__dict__)
        return module

    def save(self, script, file, called, vector):
        """`called`: the class, and what of it is called how."""
        official = {"repository": self.repository, "commit": self.commit, "file": file, "called": called}
        path = HERE / "vectors" / f"{Path(script).stem}.json"
        path.write_text(json.dumps({"official": official, **vector}, separators=(",", ":"), ensure_ascii=False) + "\n")
        print(f"{path.relative_to(HERE.parent)}: {path.stat().st_size} bytes")


def absent(name, **attributes):
    """A module that a file imports and the class that is called does not use."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:end]), ModuleType(".".join(parts[:end])))
    for attribute, value in attributes.items():
        setattr(sys.modules[name], attribute, value)
