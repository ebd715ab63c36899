"""The steps that make the image of a stick; run by `scripts/build_usb_image.py`."""
