"""What everything else is made of: events, commands, queries, ids, time, quantities, words.

Pure: no input or output, no clock read, no randomness drawn; imports nothing of ours.
"""
