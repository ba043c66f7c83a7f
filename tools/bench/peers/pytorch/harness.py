"""What PyTorch's sides of the train suite share.

A script gives `serve` its model and data. Arguments of every script: steps of a sample, threads,
"best" or "default", size of the case. Serves samples: a ready line, then one JSON line per line of standard input; a
sample is one pass over the data. Initial weights are PyTorch's own.
"""
import ctypes
import json
import re
import resource
import sys
import time

WARMUP_STEPS = 20


def answer(fields):
    print(json.dumps(fields), flush=True)


try:
    import numpy
    import torch
except ImportError:
    answer({"skipped": "apt-get install python3-torch"})
    sys.exit(0)


def mix(seed, index):
    """32 well-mixed bits of (seed, index), as child/elements.ts."""
    with numpy.errstate(over="ignore"):
        h = index.astype(numpy.uint32) * numpy.uint32(2654435761)
        h += numpy.uint32(seed * 2246822519 % 2**32)
        h = (h ^ (h >> numpy.uint32(15))) * numpy.uint32(2246822519)
        h = (h ^ (h >> numpy.uint32(13))) * numpy.uint32(3266489917)
        return h ^ (h >> numpy.uint32(16))


def unit(seed, count):
    bits = mix(seed, numpy.arange(count)) >> numpy.uint32(8)
    return bits.astype(numpy.float32) / numpy.float32(2**24)


def blas():
    """Path and core type of the BLAS in this process."""
    torch.mm(torch.rand(64, 64), torch.rand(64, 64))
    with open("/proc/self/maps") as maps:
        paths = sorted({line.split()[-1] for line in maps if ".so" in line})
    for path in paths:
        if re.search(r"libopenblas", path):
            library = ctypes.CDLL(path)
            library.openblas_get_corename.restype = ctypes.c_char_p
            return f"{path} core {library.openblas_get_corename().decode()}"
    for path in paths:
        if re.search(r"libmkl|libblis", path):
            return path
    return None


def status_mib(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024


def serve(make_data, make_model, loss_of, batch, warmup=WARMUP_STEPS):
    """make_data(rows) gives x and y, make_model() the model, loss_of(output, y) the mean loss."""
    steps, threads, settings = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(threads)
    loaded = blas()
    if loaded is None:
        answer({"refused": "reference BLAS is loaded: apt-get install libopenblas0-pthread"})
        sys.exit(0)
    best = settings == "best"
    if best:
        torch.set_flush_denormal(True)
    torch.manual_seed(1)
    rows = steps * batch
    x, y = make_data(rows)
    model = make_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, foreach=best)
    position = 0
    losses = []

    def step():
        nonlocal position
        optimizer.zero_grad(set_to_none=best)
        loss = loss_of(model(x[position:position + batch]), y[position:position + batch])
        loss.backward()
        optimizer.step()
        position = (position + batch) % rows
        return loss

    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")  # VmHWM counts from here
    level = status_mib("VmRSS")
    losses.append(step().item())
    for _ in range(warmup - 1):
        step()
    capability = re.search(r"CPU capability usage: (\w+)", torch.__config__.show())
    answer({"ready": True, "note": f"PyTorch {torch.__version__}, {loaded}, {capability[1]}"})
    for _ in sys.stdin:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        start = time.perf_counter()
        for _ in range(steps):
            loss = step()
        last = loss.item()
        seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime
        losses.append(last)
        fell = last < losses[0]
        answer({"seconds": seconds, "cpuSeconds": cpu, "completed": steps if fell else 0,
                "check": f"loss {losses[0]:.4f} to {last:.6f}",
                "figures": {"timedSteps": steps, "peakMemoryMiB": status_mib("VmHWM") - level}})
