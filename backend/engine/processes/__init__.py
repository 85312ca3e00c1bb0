"""The processes that train one model together, one on each GPU, as `torchrun` starts them.

place     which of how many this process is, from what its launcher says
world     how they wait for each other, agree, and end together
shares    the examples of a step, dealt out so that they learn what one process would
folder    the run's folder, in which the main process alone works

The first is the main process: it alone writes, registers and speaks. A run in one process has a `World` too, in which
nothing is to be waited for and nobody to be asked.
"""
