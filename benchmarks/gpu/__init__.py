"""The parts of `benchmarks.gpu_check`: each a function that takes a `Bench` and gives what it `Found`.

bench       the device, its ceilings, and what a part gives
training    G1 to G3, G7: training against its peers, memory against its estimate, waits for the GPU
head        G4: the loss alone
decoding    G5, G6: answers in batches, many adapters at once
sameness    the same loss as on a CPU, the same adapter after a resume
"""
