"""Tables: the simulator's flat files, our own CSV template, a workbook with one sheet per block."""
