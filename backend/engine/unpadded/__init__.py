"""Training without wasted tokens: examples end to end in one row, logits only where there is something to learn.

attention   each example attends to itself alone
head        the loss of the supervised tokens, a piece at a time
proof       before a run: does this model compute the same loss and gradients this way?
"""
