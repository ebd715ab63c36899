"""Paper: forms, sheets, packs, symbols, preview and printing.

Takes a filled dictionary (`fields`) and gives PDF bytes and the list of sheets; it asks no store
and reads no clock. Not here: the ledger of sheets that come back, labels, scanning.
"""
