"""Examples as token ids in flat memory: written once while the data is read, mapped into memory when they are learnt.

`flat` holds the ids of a file's examples end to end and where something is learnt; `examples` is a choice of them, cut
at the longest length, as a Trainer takes it; `cache` keeps them on the disk by the hash of all they were made from.
"""
