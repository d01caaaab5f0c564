"""Folders of packages on disk, as installers leave them, without a single real package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

LOADER_WITH_VARIABLE = """
    if os.environ.get("TF_USE_LEGACY_KERAS", None) in ("true", "True", "1"):
      try:
        import tf_keras
"""
LOADER_WITHOUT = """
class LazyLoader(types.ModuleType):
  pass
"""


class Site:
    """A site-packages folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def distribution(
        self,
        name: str,
        version: str,
        *,
        owns: Sequence[str] = (),
        headers: Sequence[str] = (),
        files: bool = True,
        tag: str = "py3-none-any",
        installer: str = "pip",
    ) -> Path:
        """A metadata folder, with the packages it owns beside it."""
        metadata = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir()
        text = "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *headers, "", "Words."])
        (metadata / "METADATA").write_text(text, encoding="utf-8")
        (metadata / "INSTALLER").write_text(f"{installer}\n", encoding="utf-8")
        (metadata / "WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n", encoding="utf-8")
        (metadata / "RECORD").write_text("".join(f"{owned}/__init__.py,,\n" for owned in owns), encoding="utf-8")
        for owned in owns:
            if files:
                self.package(owned)
        return metadata

    def package(self, name: str, text: str = "") -> Path:
        """An import package."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").write_text(text, encoding="utf-8")
        return folder

    def tensorflow(self, version: str, *, name: str = "tensorflow", **options: object) -> Path:
        """TensorFlow, as far as it is read."""
        metadata = self.distribution(name, version, owns=("tensorflow",), **options)  # type: ignore[arg-type]
        package = self.folder / "tensorflow"
        public = package / "include" / "tensorflow" / "core" / "public"
        public.mkdir(parents=True, exist_ok=True)
        major, minor, patch = version.split("+")[0].split(".")[:3]
        (public / "version.h").write_text(
            f"#define TF_MAJOR_VERSION {major}\n#define TF_MINOR_VERSION {minor}\n#define TF_PATCH_VERSION {patch}\n"
            '#define TF_VERSION_SUFFIX ""\n',
            encoding="utf-8",
        )
        loader = package / "python" / "util" / "lazy_loader.py"
        loader.parent.mkdir(parents=True, exist_ok=True)
        reads = (int(major), int(minor)) >= (2, 15)
        loader.write_text(LOADER_WITH_VARIABLE if reads else LOADER_WITHOUT, encoding="utf-8")
        return metadata

    def keras(self, version: str, *, name: str = "keras") -> Path:
        """Keras 2 or 3."""
        metadata = self.distribution(name, version, owns=("keras",))
        package = self.package("keras", f'__version__ = "{version}"\n')
        part = "_tf_keras/keras" if version.startswith("3") else "api/_v2/keras"
        (package / part).mkdir(parents=True)
        (package / part / "__init__.py").touch()
        return metadata

    def tf_keras(self, version: str) -> Path:
        """tf-keras."""
        metadata = self.distribution("tf-keras", version, owns=("tf_keras",))
        package = self.package("tf_keras", f'__version__ = "{version}"\n')
        (package / "api/_v2/keras").mkdir(parents=True)
        (package / "api/_v2/keras/__init__.py").touch()
        return metadata

    def numpy(self, version: str) -> Path:
        """NumPy."""
        metadata = self.distribution("numpy", version, owns=("numpy",))
        (self.folder / "numpy" / "version.py").write_text(f'version = "{version}"\n', encoding="utf-8")
        return metadata
