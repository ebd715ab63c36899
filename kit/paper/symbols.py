"""Printed symbols as black squares: the page QR and the DataMatrix, both made by zxing-cpp.

A symbol is a string of PDF rectangles in a grid whose unit is one module; whoever draws it sets
position and module size. Not for: reading symbols back, linear barcodes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import zxingcpp

from kit.core.errors import BadInput

# The library's pictures: 0 is black, 255 white.
_DARK = re.compile(rb"\x00+")


def page_symbol(text: str) -> tuple[int, str]:
    """QR, correction level M, 21 modules: (modules per side, rectangles)."""
    return _drawn(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M"), 21)


def text_symbol(text: str) -> tuple[int, str]:
    """QR of any text, correction level M, as large as it needs: (modules per side, rectangles).

    Raises BadInput PAP-012 where the text does not fit any symbol.
    """
    try:
        symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    except ValueError:
        raise BadInput("PAP-012", modules=len(text)) from None
    image: Any = symbol.to_image(scale=1, add_quiet_zones=False)
    return _drawn(symbol, (memoryview(image).shape or (0,))[0])


def symbol_rows(text: str) -> tuple[str, ...]:
    """The same symbol for a screen: one text of 0 and 1 a row, without its quiet zone."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = symbol.to_image(scale=1, add_quiet_zones=False)
    side = (memoryview(image).shape or (0,))[0]
    dots = bytes(image)
    return tuple(
        "".join("0" if dot else "1" for dot in dots[row * side : (row + 1) * side])
        for row in range(side)
    )


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
    bars = (
        f"{bar.start()} {modules - 1 - row} {bar.end() - bar.start()} 1 re"
        for row in range(modules)
        for bar in _DARK.finditer(dots[row * modules : (row + 1) * modules])
    )
    return modules, "\n".join(bars)
