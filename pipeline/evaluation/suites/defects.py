"""Pictures of objects and surfaces, some with defects.

Layouts: MVTec AD (Bergmann et al. 2021) and sets laid out like it, ``test/good/*.png``,
``test/KIND/*.png`` and ``ground_truth/KIND/NAME_mask.png`` of one category or of a folder of
categories, ``train/good/*.png`` to be learned from; magnetic tiles (Huang, Qiu & Yuan 2018),
``MT_Free`` and ``MT_KIND`` with ``.jpg`` and a ``.png`` mask beside it (also in a folder ``Imgs``).
"""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluation.defects import Category, DefectSuite, Picture
from pipeline.evaluation.errors import LayoutError
from pipeline.evaluation.media import stills_in

TILES, MVTEC = "magnetic-tile", "mvtec"


def find(folder: Path) -> tuple[str, list[Category]]:
    """The set's name and categories. Raises LayoutError."""
    if (folder / "MT_Free").is_dir():
        tiles = _tiles(folder)
        if _usable(tiles):
            return TILES, [Category("magnetic tile", "magnetic tile", tiles)]
    roots = [folder] if (folder / "test").is_dir() else sorted(folder.glob("*/"))
    found = [
        Category(root.name, root.name.replace("_", " "), pictures, _clean(root))
        for root in roots
        if _usable(pictures := _mvtec(root))
    ]
    if not found:
        raise LayoutError(
            "defects",
            folder,
            "[CATEGORY/]test/good, [CATEGORY/]test/KIND and [CATEGORY/]ground_truth/KIND with "
            "*_mask.png, or MT_Free and MT_KIND with *.jpg and *.png",
        )
    return MVTEC, found


def _usable(pictures: list[Picture]) -> bool:
    return len({p.defect is None for p in pictures}) == 2


def _tiles(folder: Path) -> list[Picture]:
    out = []
    for kind in sorted(folder.glob("MT_*")):
        defect = None if kind.name == "MT_Free" else kind.name.removeprefix("MT_").lower()
        where = kind / "Imgs" if (kind / "Imgs").is_dir() else kind
        for path in sorted(where.glob("*.jpg")):
            mask = path.with_suffix(".png")
            out.append(Picture(path, defect, mask if mask.is_file() else None))
    return out


def _mvtec(root: Path) -> list[Picture]:
    out = []
    for kind in sorted((root / "test").glob("*/")):
        defect = None if kind.name == "good" else kind.name
        for path in stills_in(kind):
            masks = sorted((root / "ground_truth" / kind.name).glob(f"{path.stem}_mask.*"))
            same = root / "ground_truth" / kind.name / path.name
            mask = masks[0] if masks else same if same.is_file() else None
            out.append(Picture(path, defect, mask))
    return out


def _clean(root: Path) -> list[Path]:
    folder = root / "train" / "good"
    return stills_in(folder) if folder.is_dir() else []


SUITE = DefectSuite(
    name="defects",
    summary="MVTec AD, magnetic tiles: image AUROC, pixel AUROC and PRO, zero-shot and learned",
    find=find,
)
