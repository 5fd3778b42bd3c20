"""A workbench for preclinical drug studies: raw instrument files in, honest numbers out."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # resolved on first use, so that 'exportin --help' stays quick
    from exportin.curves.table_fits import fit_curves as fit_curves
    from exportin.readers.allotrope.write import write_asm as write_asm
    from exportin.readers.pzfx.write import write_pzfx as write_pzfx
    from exportin.study.run import check_study as check_study
    from exportin.study.run import run_study as run_study

__all__ = ["check_study", "fit_curves", "run_study", "write_asm", "write_pzfx"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'exportin' has no attribute '{name}'")
    if name == "fit_curves":
        from exportin.curves import table_fits

        return table_fits.fit_curves
    if name == "write_pzfx":
        from exportin.readers.pzfx import write

        return write.write_pzfx
    if name == "write_asm":
        from exportin.readers.allotrope import write as asm

        return asm.write_asm
    from exportin.study import run

    return getattr(run, name)
