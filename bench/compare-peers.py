#!/usr/bin/env python3
"""PureDit against other libraries, side by side: all programs stay open, and turns of a few milliseconds go round.

usage: compare-peers.py [gemm] [attention] [dit] [elementwise] [memory] [--only REGEX] [--xl] [--rounds 25] [--threads 1,2]
                        [--peers FOLDER] [--write docs/benchmarks/MACHINE.md]

Prints a line per comparison:   name ours peer ratio   quartiles unit goal verdict of-peak peer's name
ratio > 1: PureDit is faster (or smaller). It is the median over rounds of the ratio within a round, since a shared machine
changes its speed within seconds; of several libraries, the one with the best median counts. "of peak" is the speed as a
share of the machine's multiply-adds, measured in the same rounds. memory compares whole processes.
FOLDER holds the programs that define what the others do (env.sh, torch_ops.py, dit.py, mkonnx.py) and setup.sh, which
installs the libraries; by default $PEERS, else ../shared/peers beside the repository.
"""
import argparse, datetime, math, os, platform, re, statistics, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
OURS = os.path.join(HERE, 'PureDit.Benchmarks/bin/Release/net10.0/PureDit.Benchmarks.dll')
GROUPS = ('elementwise', 'attention', 'dit', 'gemm', 'memory')
TURN, WARM_UP, PAUSE = 0.005, 0.4, 0.03  # seconds; the pause lets the threads of the last player stop spinning
BLAS = {'onednn': ('/usr/lib/x86_64-linux-gnu/libdnnl.so.2', {}),
        'openblas': ('/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0', {}),
        'blis': ('/usr/lib/x86_64-linux-gnu/blis-pthread/libblis.so.4', {'BLIS_ARCH_TYPE': '0'})}
SQUARES = {'sq256': (256,) * 3, 'sq512': (512,) * 3, 'sq1024': (1024,) * 3, 'sq2048': (2048,) * 3}
LAYERS = {'s2_qkv': (1024, 1152, 384), 's2_proj': (1024, 384, 384), 's2_fc1': (1024, 1536, 384), 's2_fc2': (1024, 384, 1536),
          'b2_qkv': (1024, 2304, 768), 'b2_proj': (1024, 768, 768), 'b2_fc1': (1024, 3072, 768), 'b2_fc2': (1024, 768, 3072),
          'xl2_qkv': (256, 3456, 1152), 'xl2_proj': (256, 1152, 1152), 'xl2_fc1': (256, 4608, 1152), 'xl2_fc2': (256, 1152, 4608)}
SMALL = {'small64': (64, 64, 64), 'small128k32': (128, 128, 32), 'adaln_b8': (8, 2304, 384), 'gpdit_4096x256x64': (4096, 256, 64)}
TRANSPOSED = {'s2_fc1_dW_AtB': (384, 1536, 1024, 1, 0), 's2_fc1_dX_ABt': (1024, 384, 1536, 0, 1), 's2_fc1_fwd_ABt': (1024, 1536, 384, 0, 1),
              'b2_fc1_dW_AtB': (768, 3072, 1024, 1, 0), 'b2_fc1_dX_ABt': (1024, 768, 3072, 0, 1), 'sq1024_AtB': (1024, 1024, 1024, 1, 0),
              'sq1024_ABt': (1024, 1024, 1024, 0, 1)}


def comparisons(group, xl):
    """What is compared: (our name, {player: its name}, goal, rounds as a share of those asked for)."""
    if group == 'gemm':
        shapes = {**SQUARES, **LAYERS, **SMALL, **TRANSPOSED}
        names = {shape: 'gemm_' + '_'.join(map(str, (*size, 0, 0)[:5])) for shape, size in shapes.items()}
        for shape, name in names.items(): yield f'gemm_{shape}', {library: name for library in BLAS}, 0.95, 1
        for shape in [*LAYERS, 'adaln_b8']:
            yield f'gemm_{shape}_prepacked', {library: names[shape] for library in BLAS}, 1.02 if shape[:3] in ('s2_', 'b2_') else None, 1
    if group == 'attention':
        for shape, forward, backward, share in (('bh24_n256_d64', 1.6, 2.0, 1), ('bh24_n1024_d64', 1.25, 3.0, 0.5),
                                                ('bh8_n4096_d64', 1.15, 3.0, 0.3), ('bh16_n128_d32', 1.5, 2.0, 1)):
            yield f'attn_{shape}_fwd', {'onnxruntime': f'attn_{shape}_fwd_mha'}, forward, share
            yield f'attn_{shape}_fwdbwd', {'pytorch': f'attn_{shape}_fwdbwd_naive'}, backward, share
    if group == 'dit':
        models = [('gp_fwd_b64', 2.0, 1), ('gp_fwd_b1', 2.5, 1), ('s2_fwd_b1', 1.3, 0.5), ('s2_fwd_b8', 1.5, 0.3), ('b2_fwd_b1', 1.2, 0.3), ('b2_fwd_b2', 1.2, 0.3)]
        if xl: models += [('xl2_fwd_b1', 1.2, 0.2), ('xl2_fwd_b2', 1.2, 0.2)]
        for model, goal, share in models: yield f'dit_{model}', {'onnxruntime': f'dit_{model}'}, goal, share
        for model, goal, share in (('gp_train_b64', 3.0, 1), ('s2_train_b8', 1.55, 0.2)): yield f'dit_{model}', {'pytorch': f'dit_{model}'}, goal, share
    if group == 'elementwise':
        for name, goal in (('layernorm_1024x384_fwd', 4.0), ('layernorm_1024x384_fwdbwd', None), ('gelu_tanh_1024x1536_fwd', 6.0),
                           ('gelu_tanh_1024x1536_fwdbwd', None), ('softmax_6144x256_fwd', 2.3), ('exp_2048_L1', None)):
            yield name, {'pytorch': name}, goal, 1
        yield 'adamw_33M', {'pytorch': 'adamw_33M_single'}, 2.0, 0.5


class Player:
    """A program that waits for its turn."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def turn(self, name, seconds):
        """Milliseconds of one call, and what else the player has to say."""
        time.sleep(PAUSE)
        self.process.stdin.write(f'{name} {seconds}\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer or answer[0] == 'error': sys.exit(f'{name}: {" ".join(answer) or "the player has died"}')
        return [float(word) for word in answer]

    def end(self):
        self.process.kill()
        self.process.wait()


class Peers:
    """The other libraries, with the settings under which each is at its fastest (env.sh)."""

    def __init__(self, folder):
        self.folder = folder
        if not os.path.exists(os.path.join(folder, 'env.sh')):
            sys.exit(f'{folder}: no peers there. Give their folder by --peers or PEERS; it holds env.sh, setup.sh (installs the libraries), torch_ops.py, dit.py and mkonnx.py.')
        shell = subprocess.run(['bash', '-c', '. ./env.sh && env -0'], cwd=folder, capture_output=True, text=True, check=True)
        self.environment = dict(entry.split('=', 1) for entry in shell.stdout.split('\0') if '=' in entry)
        self.output = self.environment['PEERS_OUT']
        self.torch = {**self.environment, 'LD_LIBRARY_PATH': self.environment.get('TORCH_LIB', '')}

    def need(self, group, xl):
        """What a group needs, made where it can be made; says what to do where it cannot."""
        setup = f'run {self.folder}/setup.sh once'
        if group == 'gemm': missing = [path for path, _ in BLAS.values() if not os.path.exists(path)]
        else: missing = [] if subprocess.run(['/usr/bin/python3', '-c', 'import torch'], env=self.torch, capture_output=True).returncode == 0 else ['PyTorch for /usr/bin/python3']
        if group in ('attention', 'dit') and not os.path.isdir(os.path.join(self.output, 'ort/node_modules/onnxruntime-node')): missing.append('ONNX Runtime')
        if missing: sys.exit(f'{group}: no {", ".join(missing)}; {setup}')
        model = {'attention': 'mha_bh24_n256_d64', 'dit': 'dit_xl2' if xl else 'dit_s2'}.get(group)
        if model and not os.path.exists(os.path.join(self.output, 'onnx', model + '.onnx')):
            print(f'# making the ONNX models of {group}, once', file=sys.stderr)
            make = ['mkonnx.py'] if group == 'attention' else ['dit.py', '2', 'x', 'export']
            subprocess.run(['/usr/bin/python3', *make], cwd=self.folder, env=self.torch, check=True, stdout=subprocess.DEVNULL)

    def player(self, name, threads):
        """Starts the program of a library."""
        t, program = str(threads), lambda file: os.path.join(HERE, 'players', file)
        if name == 'pytorch': return Player(['/usr/bin/python3', program('pytorch.py'), self.folder, t], {**self.torch, 'OMP_NUM_THREADS': t, 'OPENBLAS_NUM_THREADS': t})
        if name == 'onnxruntime': return Player(['node', program('onnxruntime.js'), self.output, t], self.environment)
        library, settings = BLAS[name]
        settings = {**settings, **{f'{prefix}_NUM_THREADS': t for prefix in ('OMP', 'OPENBLAS', 'BLIS')}}
        return Player([sys.executable, program('blas.py'), library, t], {**self.environment, **settings})

    def lines(self, command, environment):
        """The results that a whole program prints, name -> value."""
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        return {match[1]: float(match[2]) for match in re.finditer(r'^(\w+) ([0-9.]+) \S+$', done.stdout, re.M)}


def rounds_of(players, ours, name, others, count):
    """Per round: our milliseconds, those of the others by library, and our share of the multiply-add peak."""
    for player, what in [(ours, name), *((players[library], what) for library, what in others.items())]:
        player.turn(what, WARM_UP)
    ours.turn('peak', TURN)
    found = []
    for _ in range(count):
        limit, operations = ours.turn('peak', TURN)
        peak = operations / limit
        mine, operations = ours.turn(name, TURN)
        found.append((mine, {library: players[library].turn(what, TURN)[0] for library, what in others.items()}, operations / mine / peak))
    return found


def quartiles(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 4], statistics.median(ordered), ordered[-1 - len(ordered) // 4]


def judge(name, found, goal):
    """A row: name, ours, peer, ratio, quartiles, unit, goal, verdict, share of peak, peer's name."""
    libraries = found[0][1]
    best = min(libraries, key=lambda library: quartiles([theirs[library] / mine for mine, theirs, _ in found])[1])
    low, ratio, high = quartiles([theirs[best] / mine for mine, theirs, _ in found])
    verdict = '-' if goal is None else 'met' if ratio >= goal else 'missed'
    share = statistics.median(share for _, _, share in found)
    return (name, statistics.median(mine for mine, _, _ in found), statistics.median(theirs[best] for _, theirs, _ in found),
            ratio, f'{low:.2f}-{high:.2f}', 'ms', goal, verdict, f'{share:.0%}' if share > 0.01 else '-', best)


def measured(group, options, peers, threads):
    """Rows of a group, told as they come."""
    wanted = [c for c in comparisons(group, options.xl) if re.search(options.only, c[0])]
    if not wanted: return
    ours = Player(['dotnet', OURS, '--turns', str(threads)])
    players = {library: peers.player(library, threads) for library in dict.fromkeys(library for _, others, _, _ in wanted for library in others)}
    try:
        for name, others, goal, share in wanted:
            yield judge(f'{name}_t{threads}', rounds_of(players, ours, name, others, max(3, round(share * options.rounds))), goal)
    finally:
        for player in [ours, *players.values()]: player.end()


def memory(options, peers, threads):
    """Rows of peak memory, of a process that does nothing else."""
    for model, work, goal in (('s2', 's2_fwd', None), ('s2', 's2_train_b8', None)) + ((('xl2', 'xl2_fwd', None),) if options.xl else ()):
        mine = peers.lines(['dotnet', OURS, '--lines', '--threads', str(threads), '--seconds', '0.3', '--only', f'dit_{work}'], None)
        others = peers.lines(['/usr/bin/python3', 'dit.py', str(threads), 'torch', model], {**peers.torch, 'REPS': '1'})
        a, b = mine.get(f'puredit_dit_{work}_peakrss_t{threads}'), others.get(f'torch_dit_{work}_peakrss_t{threads}')
        if a and b: yield (f'dit_{work}_peakrss_t{threads}', a, b, b / a, '', 'MiB', goal, '-', '-', 'pytorch')


def means(rows):
    """Geometric means of the matrix products; the goal is to be ahead."""
    for thread in dict.fromkeys(row[0].rsplit('_t', 1)[1] for row in rows):
        ratios = [row[3] for row in rows if row[0].endswith('_t' + thread) and '_prepacked_' not in row[0]]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        yield (f'gemm_geometric_mean_t{thread}', math.nan, math.nan, mean, '', '', 1.0, 'met' if mean >= 1 else 'missed', '-', f'{len(ratios)} shapes')


def text(value): return '-' if value is None or value != value else f'{value:.4g}' if value < 1000 else f'{value:.0f}'


def machine(peers):
    """What the numbers were measured on, and with."""
    model = next((line.split(':', 1)[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name')), platform.processor())
    shell = lambda command, **more: subprocess.run(command, shell=True, capture_output=True, text=True, **more).stdout.strip()
    versions = shell("dpkg-query -W -f '${Package} ${Version}; ' libopenblas0-pthread libdnnl2 libblis4-pthread 2>/dev/null")
    torch = shell("/usr/bin/python3 -c 'import torch; print(torch.__version__)' 2>/dev/null", env=peers.torch)
    ort = shell(f"node -p \"require('{peers.output}/ort/node_modules/onnxruntime-node/package.json').version\" 2>/dev/null")
    dirty = '+' if shell('git status --porcelain --untracked-files=no', cwd=ROOT) else ''
    return [f'processor: {model}, {os.cpu_count()} logical cores', f'runtime: .NET {shell("dotnet --version")}, {platform.system()} {platform.release()}',
            f'peers: {versions}PyTorch {torch}; ONNX Runtime {ort}', f'commit: {shell("git rev-parse --short HEAD", cwd=ROOT)}{dirty}']


def write(path, group, rows, rounds, facts):
    """Puts a group's table into a page, in the place of an earlier one; the other groups stay."""
    old = open(path).read() if os.path.exists(path) else f'# {os.path.splitext(os.path.basename(path))[0]}\n\nWritten by `bench/compare-peers.py`. Ratio: above 1, PureDit is ahead.\n'
    body = [f'## {group}', '', f'{datetime.date.today()}, {rounds} rounds of turns, fewer where a call takes long; medians', '', *[f'- {fact}' for fact in facts], '',
            '| work | PureDit | peer | unit | ratio | quartiles | goal | | of peak | peer is |', '|---|--:|--:|---|--:|--:|--:|---|--:|---|']
    body += [f'| {n} | {text(a)} | {text(b)} | {unit} | {ratio:.2f} | {spread} | {text(goal)} | {verdict} | {share} | {peer} |' for n, a, b, ratio, spread, unit, goal, verdict, share, peer in rows]
    kept = re.sub(rf'^## {group}\n.*?(?=^## |\Z)', '', old, flags=re.M | re.S).rstrip()
    temporary = path + '.tmp'
    with open(temporary, 'w') as file: file.write(kept + '\n\n' + '\n'.join(body) + '\n')
    os.replace(temporary, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('groups', nargs='*', default=[], help=' '.join(GROUPS))
    parser.add_argument('--only', default='', metavar='REGEX', help='of these names only')
    parser.add_argument('--rounds', type=int, default=25)
    parser.add_argument('--threads', default='1,2')
    parser.add_argument('--xl', action='store_true', help='dit: also DiT-XL/2, which takes gigabytes and minutes')
    parser.add_argument('--peers', default=os.environ.get('PEERS', os.path.join(ROOT, '../shared/peers')))
    parser.add_argument('--write', metavar='FILE')
    parser.add_argument('--no-build', action='store_true')
    options = parser.parse_args()
    unknown = [group for group in options.groups if group not in GROUPS]
    if unknown: parser.error(f'unknown group {unknown[0]}: expected {", ".join(GROUPS)}')
    peers = Peers(os.path.abspath(options.peers))
    if not options.no_build: subprocess.run(['dotnet', 'build', '-c', 'Release', '-v', 'quiet', os.path.join(HERE, 'PureDit.Benchmarks')], check=True, stdout=sys.stderr)
    missed = 0
    for group in options.groups or GROUPS:
        peers.need(group, options.xl)
        rows = []
        for threads in map(int, options.threads.split(',')):
            for row in memory(options, peers, threads) if group == 'memory' else measured(group, options, peers, threads):
                rows.append(row)
                show(row)
        if group == 'gemm' and rows:
            for row in list(means(rows)):
                rows.append(row)
                show(row)
        missed += sum(row[7] == 'missed' for row in rows)
        if options.write and rows: write(options.write, group, rows, options.rounds, machine(peers))
    print(f'# {missed} goals missed', file=sys.stderr)


def show(row):
    name, a, b, ratio, spread, unit, goal, verdict, share, peer = row
    print(f'{name:34} {text(a):>8} {text(b):>8} {ratio:6.2f}   {spread:10} {unit:3} {text(goal):>5} {verdict:7} {share:>4} {peer}', flush=True)


if __name__ == '__main__': main()
