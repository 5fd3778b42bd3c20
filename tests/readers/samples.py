"""Small whole files of formats of which the shared folder holds none, or large ones only."""

import zipfile
from io import BytesIO

import openpyxl
from tests.readers.fcs_files import beckman, fcs, three_sets

WIDTH, HEIGHT = 12, 8
COLUMNS = {name: name for name in ("well", "value", "model", "treatment")} | {"dose": "dose_nM"}


def plain() -> bytes:
    """A plate grid."""
    lines = ["P1", ",".join(["", *(str(col + 1) for col in range(WIDTH))])]
    lines += [
        ",".join(["ABCDEFGH"[row], *(f"{1000 + 12 * row + col}.25" for col in range(WIDTH))])
        for row in range(HEIGHT)
    ]
    return "".join(line + "\n" for line in lines).encode()


def table() -> bytes:
    """A long table."""
    rows = [f"m{i % 3},d{i % 7},{i * 0.5},{i * 0.01 + 0.001:.3f},A{i + 1:02d}" for i in range(40)]
    return "".join(f"{row}\n" for row in ["model,treatment,dose_nM,value,well", *rows]).encode()


def workbook(text: bytes) -> bytes:
    """The same cells in a workbook."""
    book, out = openpyxl.Workbook(), BytesIO()
    assert book.active is not None
    for line in text.decode().splitlines():
        book.active.append([number(cell) for cell in line.split(",")])
    book.save(out)
    return out.getvalue()


def number(text: str) -> str | float:
    """A number where the text is one."""
    return float(text) if text.replace(".", "", 1).isdigit() else text


def rdml_xml() -> bytes:
    """A run of twelve wells with two targets, with cycles and short curves."""

    def data(well: int, target: str) -> str:
        base = well + (30 if target == "GAPDH" else 0)
        points = "".join(
            f"<adp><cyc>{cycle}</cyc><tmp>60</tmp><fluor>{base}.{cycle}5</fluor></adp>"
            for cycle in range(1, 6)
        )
        return f'<data><tar id="{target}"/><cq>{15 + base}.73{well}</cq>{points}</data>'

    reacts = [
        f'<react id="{well}"><sample id="S{(well + 1) // 2}"/>\n'
        + "\n".join(data(well, target) for target in ("MYC", "GAPDH"))
        + "\n</react>"
        for well in range(1, 13)
    ]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<rdml version="1.2" xmlns="http://www.rdml.org"><dateMade>2020-01-01</dateMade>',
        '<dye id="FAM"/>',
        *(f'<sample id="S{at}"><type>unkn</type></sample>' for at in range(1, 7)),
        '<target id="MYC"><type>toi</type><dyeId id="FAM"/></target>',
        '<target id="GAPDH"><type>ref</type><dyeId id="FAM"/></target>',
        '<experiment id="E"><run id="R1">',
        "<pcrFormat><rows>8</rows><columns>12</columns><rowLabel>ABC</rowLabel>",
        "<columnLabel>123</columnLabel></pcrFormat>",
        *reacts,
        "</run></experiment></rdml>",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def rdml() -> bytes:
    """The same, packed as RDML files are."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("rdml_data.xml", rdml_xml())
    return out.getvalue()


def pzfx() -> bytes:
    """A Prism project with one XY table of two groups in triplicate."""

    def column(name: str, title: str, subs: list[list[float]]) -> list[str]:
        lines = [f'<{name} Width="81" Decimals="6" Subcolumns="{len(subs)}">']
        lines.append(f"<Title>{title}</Title>")
        for sub in subs:
            lines += ["<Subcolumn>", *(f"<d>{value:g}</d>" for value in sub), "</Subcolumn>"]
        return [*lines, f"</{name}>"]

    doses = [0, 0.1, 1, 10, 100, 1000]
    groups = [
        [[start + 10 * sub - 7.5 * row for row in range(len(doses))] for sub in range(3)]
        for start in (100.125, 90.375)
    ]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<GraphPadPrismFile xmlns="http://graphpad.com/prism/Prism.htm" PrismXMLVersion="5.00">',
        '<Created><OriginalVersion CreatedByProgram="GraphPad Prism" CreatedByVersion="6.0f"/>',
        "</Created>",
        '<TableSequence><Ref ID="Table0" Selected="1"/></TableSequence>',
        '<Table ID="Table0" XFormat="numbers" YFormat="replicates" Replicates="3" TableType="XY">',
        "<Title>viability</Title>",
        *column("XColumn", "Conc. (nM)", [doses]),
        *column("YColumn", "Drug A", groups[0]),
        *column("YColumn", "Drug B", groups[1]),
        "</Table>",
        "<Template>abc</Template>",
        "</GraphPadPrismFile>",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def trace() -> bytes:
    """An electropherogram of four lanes."""
    lines = ["A1: Ladder,B1: liver,C1: kidney,D1: heart"]
    lines += [",".join(f"{lane}{at:03d}.{at % 7}5" for lane in range(1, 5)) for at in range(120)]
    return "".join(f"{line}\n" for line in lines).encode()


def calipers() -> bytes:
    """A caliper sheet with a row per animal and visit."""
    rows = [
        f"m{animal},{('Vehicle', 'Drug A')[animal % 2]},{day},{100 + 7.25 * animal + 11 * day:.2f},"
        f"{20 + 0.1 * animal - 0.05 * day:.2f},C{animal // 3}"
        for animal in range(1, 11)
        for day in (0, 3, 7, 10)
    ]
    head = "Mouse,Group,Day,Volume (mm3),Body weight (g),Cage"
    return "".join(f"{row}\n" for row in [head, *rows]).encode()


def days_across() -> bytes:
    """Volumes and weights of animals with a column a day, in two lines of headings."""
    days = (-1, 2, 9, 16)
    lines = [
        ["Grp", "Use", "Mid", *(str(day) for day in days), *(str(day) for day in days)],
        ["", "", "", *["Volume"] * 4, *["BW (g)"] * 4],
        *(
            [
                ("PBS", "Drug")[animal % 2], str(int(animal != 4)), f"a{animal}",
                *(f"{80 + 13.5 * animal + 9.75 * day:.2f}".replace(".", ",") for day in days),
                *(f"{19 + 0.35 * animal - 0.15 * day:.2f}".replace(".", ",") for day in days),
            ]
            for animal in range(1, 10)
        ),
    ]  # fmt: skip
    return "".join("\t".join(line) + "\n" for line in lines).encode()


def animals_across() -> bytes:
    """Volumes with a column an animal, arm and number in its name."""
    names = [f"{arm}:Y{number}" for arm in ("Control", "Drug A") for number in (1, 2, 3, 4)]
    rows = [
        [f"{day}", *(f"{90 + 17.5 * at + 21.25 * day:.2f}" for at in range(len(names)))]
        for day in (0, 3, 7, 10, 14)
    ]
    return "".join(",".join(line) + "\n" for line in [["Day", *names], *rows]).encode()


def tubes() -> list[tuple[str, bytes, dict[str, object]]]:
    """FCS files of several versions and number types, with and without a checksum."""
    whole = [(37 * i % 1024, 91 * i % 1000, i) for i in range(50)]
    ranges = {"$P1R": "1024", "$P2R": "1000", "$P3R": "65536"}
    spill = {"$SPILLOVER": "2,C1,C2,1,0.1,0.02,1", "$CYT": "X//Y"}
    decimals = [(0.5 + 3.25 * i, -7.125 * i, i) for i in range(50)]
    return [
        ("beckman.lmd", beckman(), {}),
        ("sets.fcs", three_sets(), {}),
        ("old.fcs", fcs(whole, version="2.0", order=">", keys=ranges, mark="\f"), {}),
        ("new.fcs", fcs(decimals, kind="F", keys=spill, after=b"00000000"), {}),
        ("mixed.fcs", fcs(whole, widths=(4, 3, 1), version="3.0", keys=ranges), {}),
    ]


def gates() -> bytes:
    """Two gates, one within the other, on a scale."""
    spaces = " ".join(
        f'xmlns:{short}="http://www.isac-net.org/std/Gating-ML/v2.0/{name}"'
        for short, name in (("g", "gating"), ("t", "transformations"), ("d", "datatypes"))
    )
    axis = '<g:dimension g:compensation-ref="{}" {}><d:fcs-dimension d:name="{}"/></g:dimension>'
    forward = axis.format("uncompensated", "", "FSC-A")
    side = axis.format("uncompensated", "", "SSC-A")
    bright = axis.format("FCS", 'g:min="0.375" g:transformation-ref="lgcl"', "FL1-A")
    corners = "".join(
        f'<g:vertex><g:coordinate d:value="{x}"/><g:coordinate d:value="{y}"/></g:vertex>'
        for x, y in ((1000, 2000), (90000, 2500), (70000, 80000))
    )
    return (
        f'<?xml version="1.0"?>\n<g:Gating-ML {spaces}>\n'
        '<t:transformation t:id="lgcl"><t:logicle t:T="262144" t:W="0.5" t:M="4.5" t:A="0"/>'
        "</t:transformation>\n"
        f'<g:PolygonGate g:id="cells">{forward}{side}{corners}</g:PolygonGate>\n'
        f'<g:RectangleGate g:id="bright" g:parent_id="cells">{bright}</g:RectangleGate>\n'
        "</g:Gating-ML>"
    ).encode()


SAMPLES = {
    "gating_ml": [("gates.xml", gates(), {})],
    "fcs": tubes(),
    "caliper_table": [
        ("calipers.csv", calipers(), {}),
        ("calipers.xlsx", workbook(calipers()), {}),
        ("days.tsv", days_across(), {}),
        ("animals.csv", animals_across(), {}),
    ],
    "plate_grid": [("plain.csv", plain(), {}), ("plain.xlsx", workbook(plain()), {})],
    "long_table": [
        ("table.csv", table(), {"columns": COLUMNS}),
        ("table.xlsx", workbook(table()), {"columns": COLUMNS}),
    ],
    "pzfx": [("viability.pzfx", pzfx(), {})],
    "rdml": [("run.rdml", rdml(), {}), ("bare.xml", rdml_xml(), {})],
    "tapestation_trace": [("trace.csv", trace(), {})],
}
