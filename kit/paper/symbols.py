"""Printed symbols as black squares: the page QR and the DataMatrix, both made by zxing-cpp.

A symbol is a string of PDF rectangles in a grid whose unit is one module; whoever draws it sets
position and module size. Not for: reading symbols back, linear barcodes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import zxingcpp

from kit.core.errors import BadInput


def page_symbol(text: str) -> tuple[int, str]:
    """QR, correction level M, 21 modules: (modules per side, rectangles)."""
    return _drawn(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M"), 21)


@lru_cache(maxsize=64)
def square_matrix(text: str, modules: int) -> tuple[int, str]:
    """A square DataMatrix of exactly `modules` a side: (modules per side, rectangles)."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    return _drawn(symbol, modules)


def _drawn(symbol: zxingcpp.Barcode, modules: int) -> tuple[int, str]:
    # The library's type stubs do not say that its images are buffers.
    image: Any = symbol.to_image(scale=1, add_quiet_zones=False)
    height, width = memoryview(image).shape or (0, 0)
    if not height == width == modules:
        raise BadInput("PAP-012", modules=modules)
    dots = bytes(image)
    rows = (dots[top : top + width] for top in range(0, width * height, width))
    bars = (
        f"{start} {modules - 1 - line} {length} 1 re"
        for line, row in enumerate(rows)
        for start, length in _dark_bars(row)
    )
    return modules, "\n".join(bars)


def _dark_bars(row: bytes) -> list[tuple[int, int]]:
    """(start, length) of each run of black in a row of 0 (black) and 255 (white)."""
    bars = []
    start = row.find(0)
    while start >= 0:
        end = row.find(255, start)
        end = len(row) if end < 0 else end
        bars.append((start, end - start))
        start = row.find(0, end)
    return bars
