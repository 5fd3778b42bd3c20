"""Makes the inner loops ready while the first page is being looked at."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

COMPILING = "Compiling, about half a minute: first use of this version."
LOADING = "Loading."


@dataclass
class Warmth:
    """Whether the first number will wait."""

    message: str = LOADING
    done: Event = field(default_factory=Event)

    def said(self) -> dict[str, str]:
        """Return the state as the pages show it."""
        if self.done.is_set():
            return {"state": "ready", "message": ""}
        return {"state": "compiling", "message": self.message}

    def start(self, look: Callable[[], object], finished: Callable[[], None]) -> None:
        """Fit something tiny, then have a first ``look`` at the study, in a thread of their own."""
        Thread(target=self._warm, args=(look, finished), name="warm", daemon=True).start()

    def _warm(self, look: Callable[[], object], finished: Callable[[], None]) -> None:
        try:
            self._fit()
            look()
        except Exception:  # noqa: BLE001, S110 - whoever asks for a number is told what is wrong
            pass
        finally:
            settle()
            self.done.set()
            finished()

    def _fit(self) -> None:
        from exportin.compiled import is_cold

        if is_cold():
            self.message = COMPILING
        import polars as pl

        from exportin.curves.table_fits import fit_curves

        doses = [0.1 * 4.0**k for k in range(8)]
        values = [1.0 / (1.0 + dose / 5.0) + 0.01 * (-1) ** k for k, dose in enumerate(doses)]
        table = pl.DataFrame({"curve": ["a"] * 8, "dose": doses, "response": values})
        fit_curves(
            table, curve=["curve"], dose="dose", response="response", vehicle=1.0, levels=(50.0,),
            conf_level=0.95,
        )  # fmt: skip


def settle() -> None:
    """Let the collector pass over what stays: looking through all of it would hold up clicks."""
    gc.collect()
    gc.freeze()
