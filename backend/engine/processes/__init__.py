"""The processes that train one model together, one on each GPU, as a launcher or the first of them starts them.

place     which of how many this process is, from what its launcher says
started   the others, where there is no launcher and the first has started them
world     how they wait for each other, agree, and end together
shares    the examples of a step, dealt out so that they learn what one process would
folder    the run's folder, in which the main process alone works
sharding  a base that they hold together, since none has room for it

The first is the main process: it alone writes, registers and speaks. A run in one process has a `World` too, in which
nothing is to be waited for and nobody to be asked.
"""
