"""The local window on one study folder: ``exportin serve DIR``.

Everything a page can do, a notebook or a robot can do by the same addresses; the token that
``exportin serve DIR --json`` prints opens them::

    import httpx
    window = httpx.Client(base_url="http://127.0.0.1:8765",
                          headers={"Authorization": "Bearer TOKEN"})
    block = window.get("/api/block/viability").json()
    window.post("/api/block/viability/exclude",
                json={"rows": ["plate1.csv:B05"], "reason": "air bubble"}).raise_for_status()
"""
