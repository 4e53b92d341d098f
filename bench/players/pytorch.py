"""Plays kernels and models of PyTorch: pytorch.py FOLDER THREADS; lines `name seconds` in, milliseconds of one call out.

FOLDER holds the programs that define them, torch_ops.py and dit.py; names are theirs. What they time by themselves is taken
over here, one call at a time.
"""
import os, sys, time

folder, threads = sys.argv[1:]
os.chdir(folder)
sys.argv = ['', threads, 'torch', 'none']
with open('dit.py') as source: models = {'__name__': 'models'}; exec(compile(source.read(), 'dit.py', 'exec'), models)
torch = models['torch']


def model(name):
    """One forward pass or one training step: the function that dit.py would have timed."""
    taken = []
    models['med'] = lambda run, _: taken.append(run) or 1.0
    models['out'] = lambda *_: None
    _, which, kind, batch = name.split('_')
    models['fwd' if kind == 'fwd' else 'train'](which, int(batch[1:]), 1)
    if kind != 'fwd': return taken[0]

    def forward():
        with torch.no_grad(): return taken[0]()
    return forward


def kernel(name):
    """One call of a kernel of torch_ops.py, which is read up to where it starts to time."""
    sys.argv = ['', threads, '1', 'torch', name if not name.startswith('adamw_33M') else 'adamw_33M']
    with open('torch_ops.py') as source: scope = {'__name__': 'kernels'}; exec(compile(source.read().split('\nres=')[0], 'torch_ops.py', 'exec'), scope)
    return next(run for known, run, *_ in scope['benches'] if known == name)


name = None
for line in sys.stdin:
    wanted, seconds = line.split()
    if wanted != name: name, run = wanted, None; run = (model if wanted.startswith('dit_') else kernel)(wanted)
    start, calls, elapsed = time.perf_counter(), 0, 0
    while calls == 0 or elapsed < float(seconds):
        run()
        calls += 1
        elapsed = time.perf_counter() - start
    print(1e3 * elapsed / calls, flush=True)
