"""Whether the outline of a polygon is one: no edge crosses another."""

XY = tuple[float, ...]


def polygon_fault(vertices: list[list[float]]) -> str:
    """Say what is wrong with the outline of a polygon; empty if nothing is.

    >>> polygon_fault([[0, 0], [1, 1], [1, 0], [0, 1]])
    'the edges from vertex 1 and from vertex 3 cross. Write the vertices in their order around.'
    """
    points = [tuple(v) for v in vertices]
    n = len(points)
    for i, point in enumerate(points):
        if points.index(point) != i:
            return f"vertex {points.index(point) + 1} stands again as vertex {i + 1}. Leave it out."
    if all(_turn(points[0], points[1], p) == 0 for p in points[2:]):
        return "its vertices lie on a line."
    for i in range(n):
        for j in range(i + 1, n):
            if _cross(points[i], points[(i + 1) % n], points[j], points[(j + 1) % n]):
                at = f"the edges from vertex {i + 1} and from vertex {j + 1} cross."
                return f"{at} Write the vertices in their order around."
    return ""


def _turn(a: XY, b: XY, c: XY) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])


def _cross(a: XY, b: XY, c: XY, d: XY) -> bool:
    """Whether two edges meet elsewhere than at a vertex they share."""
    if b == c or a == d:  # neighbors: only a fold back along the same line overlaps
        far, mid, near = (a, b, d) if b == c else (b, a, c)
        dot = (far[0] - mid[0]) * (near[0] - mid[0]) + (far[1] - mid[1]) * (near[1] - mid[1])
        return _turn(far, mid, near) == 0 and dot > 0
    one, two = _turn(a, b, c), _turn(a, b, d)
    three, four = _turn(c, d, a), _turn(c, d, b)
    if one * two < 0 and three * four < 0:
        return True
    touches = ((one, a, b, c), (two, a, b, d), (three, c, d, a), (four, c, d, b))
    return any(turn == 0 and _between(p, q, r) for turn, p, q, r in touches)


def _between(p: XY, q: XY, r: XY) -> bool:
    return all(min(p[k], q[k]) <= r[k] <= max(p[k], q[k]) for k in (0, 1))
