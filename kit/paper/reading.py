"""Reading a printed symbol back: a photograph or a scanned sheet → the text of its symbol.

Not for: writing symbols (`symbols`), nor what a text means (whoever asked for it).
"""

from __future__ import annotations

import io
import warnings

import zxingcpp
from PIL import Image

from kit.core.errors import BadInput
from kit.paper.preview import page_png

MOST_BYTES = 30 * 1024 * 1024
MOST_PIXELS = 60_000_000
DPI = 200
PDF = b"%PDF"


def symbol_text_of(data: bytes) -> str:
    """The text of the largest symbol in a picture, or on the first page of a PDF.

    Raises BadInput `PAP-040` where there is no picture, or no symbol that can be read.
    """
    if len(data) > MOST_BYTES:
        raise BadInput("PAP-040")
    picture = page_png(data, 0, dpi=DPI) if data.startswith(PDF) else data
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(picture))
            if image.width * image.height > MOST_PIXELS:
                raise BadInput("PAP-040")
            found = zxingcpp.read_barcodes(image.convert("L"))
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        raise BadInput("PAP-040") from None
    texts = sorted((one.text for one in found if one.text), key=len)
    if not texts:
        raise BadInput("PAP-040")
    return texts[-1]
