"""Write the Gating-ML files whose gates make_expected.py counts: python make_gates.py."""

from pathlib import Path

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<gating:Gating-ML
    xmlns:gating="http://www.isac-net.org/std/Gating-ML/v2.0/gating"
    xmlns:transforms="http://www.isac-net.org/std/Gating-ML/v2.0/transformations"
    xmlns:data-type="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">
"""
TAIL = "</gating:Gating-ML>\n"


def scale(name: str, form: str, **numbers: float) -> str:
    said = " ".join(f'transforms:{key}="{value}"' for key, value in numbers.items())
    return (
        f'  <transforms:transformation transforms:id="{name}"><transforms:{form} {said}/>'
        "</transforms:transformation>\n"
    )


def axis(
    channel: str, matrix: str = "uncompensated", scale: str = "", tag: str = "dimension", **more
):
    said = "".join(f' gating:{key}="{value}"' for key, value in more.items())
    said += f' gating:transformation-ref="{scale}"' if scale else ""
    return (
        f'    <gating:{tag} gating:compensation-ref="{matrix}"{said}>'
        f'<data-type:fcs-dimension data-type:name="{channel}"/>'
    )


def close(text: str, inside: str = "", tag: str = "dimension") -> str:
    return f"{text}{inside}</gating:{tag}>\n"


def gate(kind: str, name: str, body: str, parent: str = "") -> str:
    said = f' gating:parent_id="{parent}"' if parent else ""
    return f'  <gating:{kind} gating:id="{name}"{said}>\n{body}  </gating:{kind}>\n'


def vertices(*points: tuple[float, float]) -> str:
    return "".join(
        "    <gating:vertex>"
        + "".join(f'<gating:coordinate data-type:value="{v}"/>' for v in point)
        + "</gating:vertex>\n"
        for point in points
    )


def quadrant(name: str, **places: float) -> str:
    said = "".join(
        f'<gating:position gating:divider_ref="{key}" gating:location="{value}"/>'
        for key, value in places.items()
    )
    return f'    <gating:Quadrant gating:id="{name}">{said}</gating:Quadrant>\n'


def boolean(operation: str, *names: str) -> str:
    said = "".join(
        f'<gating:gateReference gating:ref="{name.lstrip("!")}"'
        + (' gating:use-as-complement="true"' if name.startswith("!") else "")
        + "/>"
        for name in names
    )
    return f"    <gating:{operation}>{said}</gating:{operation}>\n"


def ellipsoid(mean: list[float], rows: list[list[float]], square: float) -> str:
    return (
        "    <gating:mean>"
        + "".join(f'<gating:coordinate data-type:value="{v}"/>' for v in mean)
        + "</gating:mean>\n    <gating:covarianceMatrix>"
        + "".join(
            "<gating:row>"
            + "".join(f'<gating:entry data-type:value="{v}"/>' for v in row)
            + "</gating:row>"
            for row in rows
        )
        + f'</gating:covarianceMatrix>\n    <gating:distanceSquare data-type:value="{square}"/>\n'
    )


def matrix(name: str, dyes: list[str], detectors: list[str], rows: list[list[float]]) -> str:
    def names(tag: str, of: list[str]) -> str:
        inside = "".join(f'<data-type:fcs-dimension data-type:name="{one}"/>' for one in of)
        return f"<transforms:{tag}>{inside}</transforms:{tag}>"

    spectra = "".join(
        "<transforms:spectrum>"
        + "".join(f'<transforms:coefficient transforms:value="{v}"/>' for v in row)
        + "</transforms:spectrum>"
        for row in rows
    )
    inside = names("fluorochromes", dyes) + names("detectors", detectors) + spectra
    start = f'  <transforms:spectrumMatrix transforms:id="{name}">'
    return f"{start}{inside}</transforms:spectrumMatrix>\n"


def divided(name: str, channel: str, matrix: str, scale: str, *cuts: float) -> str:
    inside = "".join(f"<gating:value>{cut}</gating:value>" for cut in cuts)
    return close(axis(channel, matrix, scale, "divider", id=name), inside, "divider")


def accuri() -> str:
    """Integers, the file's own matrix, logicle and arcsinh, a tree of four levels."""
    fl1, fl2 = ("FL1-A", "FCS", "lgcl"), ("FL2-A", "FCS", "lgcl")
    return "".join(
        [
            scale("lgcl", "logicle", T=10000, W=0.6, M=4, A=0),
            scale("ash", "fasinh", T=100000, M=4, A=0.5),
            scale("lin", "flin", T=16777216, A=1000),
            gate(
                "PolygonGate",
                "cells",
                close(axis("FSC-A"))
                + close(axis("SSC-A"))
                + vertices((8000, 4000), (200000, 5000), (300000, 200000), (20000, 150000)),
            ),
            gate(
                "PolygonGate",
                "bent",
                close(axis(*fl1))
                + close(axis(*fl2))
                + vertices((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.28, 0.3), (0.1, 0.5)),
                "cells",
            ),
            gate(
                "QuadrantGate",
                "quad",
                divided("x", *fl1, 0.28)
                + divided("y", *fl2, 0.26, 0.32)
                + quadrant("low-low", x=0.1, y=0.1)
                + quadrant("high-low", x=0.9, y=0.1)
                + quadrant("low-mid", x=0.1, y=0.3)
                + quadrant("high-mid", x=0.9, y=0.3)
                + quadrant("any-high", y=0.9),
                "cells",
            ),
            gate(
                "RectangleGate",
                "box",
                close(axis("FL3-A", "FCS", "ash", min=0.3, max=0.36))
                + close(axis("FL4-A", "FCS", "ash", min=0.41))
                + close(axis("FSC-H", scale="lin", max=0.003)),
            ),
            gate("BooleanGate", "both", boolean("and", "box", "!low-low"), "cells"),
            gate("BooleanGate", "either", boolean("or", "bent", "any-high", "box")),
            gate("BooleanGate", "rest", boolean("not", "either")),
            gate(
                "EllipsoidGate",
                "round",
                close(axis("FSC-A"))
                + close(axis("SSC-A"))
                + ellipsoid([20000, 20000], [[1e8, 3e7], [3e7, 1.5e8]], 2.5),
                "rest",
            ),
        ]
    )


def attune() -> str:
    """Floating-point numbers with negative values, a matrix of its own with names of dyes."""
    red = ("mCherry", "own", "wide")
    return "".join(
        [
            matrix("own", ["GFP", "mCherry"], ["BL1-A", "YL2-A"], [[1.0, 0.12], [0.03, 1.0]]),
            scale("lgcl", "logicle", T=1048576, W=0.7, M=4.5, A=0.2),
            scale("wide", "logicle", T=1048576, W=1.5, M=5, A=0),
            scale("log", "flog", T=1048576, M=5),
            gate("RectangleGate", "scatter", close(axis("FSC-A", scale="log", min=0.5, max=0.98))),
            gate(
                "PolygonGate",
                "single",
                close(axis("FSC-A"))
                + close(axis("FSC-H"))
                + vertices((0, 0), (900000, 500000), (1000000, 900000), (100000, 200000)),
                "scatter",
            ),
            gate("RectangleGate", "green", close(axis("GFP", "own", "lgcl", min=0.4)), "single"),
            gate(
                "PolygonGate",
                "pair",
                close(axis("GFP", "own", "lgcl"))
                + close(axis(*red))
                + vertices((0.2, 0.2), (0.5, 0.15), (0.8, 0.5), (0.4, 0.7)),
            ),
            gate("RectangleGate", "own-matrix", close(axis("BL1-A", "FCS", min=-100, max=3000))),
            gate("BooleanGate", "green-out", boolean("and", "!green", "single")),
            gate("RectangleGate", "early", close(axis("Time", max=7.25))),
        ]
    )


def facscalibur() -> str:
    """Logarithmic amplifiers of 10 bits, with limits and corners that lie on channels."""
    return "".join(
        [
            scale("log", "flog", T=10000, M=4),
            gate(
                "RectangleGate",
                "on-channels",
                close(axis("FL1-H", scale="log", min=0.25, max=0.5))
                + close(axis("FL3-H", scale="log", min=0.375)),
            ),
            gate(
                "PolygonGate",
                "lymphocytes",
                close(axis("FSC-H"))
                + close(axis("SSC-H"))
                + vertices((60, 2), (160, 2), (190, 40), (100, 50), (50, 20)),
            ),
            gate(
                "QuadrantGate",
                "types",
                divided("x", "FL1-H", "uncompensated", "log", 0.5)
                + divided("y", "FL4-H", "uncompensated", "log", 0.5)
                + quadrant("neither", x=0, y=0)
                + quadrant("cd4", x=1, y=0)
                + quadrant("cd8", x=0, y=1)
                + quadrant("double", x=1, y=1),
                "lymphocytes",
            ),
            gate("RectangleGate", "gained", close(axis("FSC-H", min=100, max=150))),
        ]
    )


def main() -> None:
    here = Path(__file__).parent
    for name, made in (("accuri", accuri), ("attune", attune), ("facscalibur", facscalibur)):
        (here / f"{name}.xml").write_text(HEAD + made() + TAIL, encoding="utf-8")


if __name__ == "__main__":
    main()
