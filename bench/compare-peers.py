#!/usr/bin/env python3
"""PureDit against other libraries, interleaved: our program and theirs take turns as processes, round by round.

usage: compare-peers.py [gemm] [attention] [dit] [elementwise] [--xl] [--rounds 3] [--threads 1,2]
                        [--peers FOLDER] [--write docs/benchmarks/MACHINE.md]

Prints a line per comparison:   name ours peer ratio   unit goal verdict peer's name
ratio > 1: PureDit is faster (or smaller). A ratio is the median over rounds of the ratio within a round; of several
libraries the one that was fastest in that round counts. FOLDER holds the programs that measure the others
(gemm.c, torch_ops.py, dit.py, ort.js, env.sh); by default $PEERS, else ../shared/peers beside the repository.
"""
import argparse, datetime, math, os, platform, re, shlex, shutil, statistics, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, 'src/PureDit.Cli/bin/Release/net10.0/puredit.dll')
GROUPS = ('gemm', 'attention', 'dit', 'elementwise')
GEMM_LIBRARIES = ('openblas_skylakex', 'onednn', 'blis')

# What is compared with what: our name, the names of the others' results, and how many times as fast we want to be.
GOALS = [
    (r'gemm_(?P<s>(s2|b2)_\w+)_prepacked', [f'gemm_{{s}}_{library}' for library in GEMM_LIBRARIES], 1.02),
    (r'gemm_(?P<s>\w+)_prepacked', [f'gemm_{{s}}_{library}' for library in GEMM_LIBRARIES], None),
    (r'gemm_(?P<s>\w+)', [f'gemm_{{s}}_{library}' for library in GEMM_LIBRARIES], 0.95),
    (r'attn_bh24_n256_d64_fwd', ['ort_{0}_mha'], 1.6), (r'attn_bh24_n1024_d64_fwd', ['ort_{0}_mha'], 1.25),
    (r'attn_bh8_n4096_d64_fwd', ['ort_{0}_mha'], 1.15), (r'attn_bh16_n128_d32_fwd', ['ort_{0}_mha'], 1.5),
    (r'attn_bh(24_n256|16_n128)_d\d+_fwdbwd', ['torch_{0}_naive'], 2.0), (r'attn_\w+_fwdbwd', ['torch_{0}_naive'], 3.0),
    (r'dit_s2_fwd_b1', ['ort_{0}'], 1.3), (r'dit_s2_fwd_b8', ['ort_{0}'], 1.5), (r'dit_(b2|xl2)_fwd_b\d', ['ort_{0}'], 1.2),
    (r'dit_gp_fwd_b64', ['ort_{0}'], 2.0), (r'dit_gp_fwd_b1', ['ort_{0}'], 2.5), (r'dit_\w+_fwd_b\d+', ['torch_{0}'], None),
    (r'dit_s2_train_b8', ['torch_{0}'], 1.55), (r'dit_gp_train_b64', ['torch_{0}'], 3.0), (r'dit_\w+_peakrss', ['torch_{0}'], None),
    (r'layernorm_1024x384_fwd', ['torch_{0}'], 4.0), (r'gelu_tanh_1024x1536_fwd', ['torch_{0}'], 6.0),
    (r'softmax_6144x256_fwd', ['torch_{0}'], 2.3), (r'adamw_33M', ['torch_{0}_single', 'torch_{0}_foreach'], 2.0),
    (r'exp_2048_L1', ['torch_{0}'], 1.0), (r'(layernorm|gelu)\w+_fwdbwd', ['torch_{0}'], 1.0),
]


def lines(command, folder=None, environment=None):
    """The results that a program prints, name -> (value, unit)."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    found = {}
    for line in done.stdout.splitlines():
        match = re.fullmatch(r'(\w+) ([0-9.]+) (\S+)', line)
        if match: found[match[1]] = (float(match[2]), match[3])
    if not found: print(f'# nothing from: {shlex.join(map(str, command))}\n{done.stderr[-600:]}', file=sys.stderr)
    return found


class Peers:
    """The programs of the peers' folder, with the settings under which each library is at its fastest (env.sh)."""

    def __init__(self, folder):
        self.folder = folder
        if not os.path.exists(os.path.join(folder, 'env.sh')):
            sys.exit(f'{folder}: no peers there. Give their folder by --peers or PEERS; it holds env.sh, setup.sh (installs the libraries), gemm.c, torch_ops.py, dit.py and ort.js.')
        shell = subprocess.run(['bash', '-c', '. ./env.sh && env -0'], cwd=folder, capture_output=True, text=True, check=True)
        self.environment = dict(entry.split('=', 1) for entry in shell.stdout.split('\0') if '=' in entry)
        self.output = self.environment['PEERS_OUT']
        self.torch = {**self.environment, 'LD_LIBRARY_PATH': self.environment.get('TORCH_LIB', '')}

    def need(self, group, xl):
        """What a group needs, made where it can be made; says what to do where it cannot."""
        setup = f'run {self.folder}/setup.sh once'
        if group == 'gemm':
            gemm = os.path.join(self.output, 'gemm')
            if not os.path.exists(gemm):
                if not shutil.which('gcc'): sys.exit(f'gemm: no compiler; {setup}')
                os.makedirs(self.output, exist_ok=True)
                subprocess.run(['gcc', '-O2', 'gemm.c', '-o', gemm, '-ldl', '-lm'], cwd=self.folder, check=True, stderr=subprocess.DEVNULL)
        else:
            has = subprocess.run(['/usr/bin/python3', '-c', 'import torch'], env=self.torch, capture_output=True).returncode == 0
            if not has: sys.exit(f'{group}: no PyTorch for /usr/bin/python3; {setup}')
        if group in ('attention', 'dit') and not os.path.isdir(os.path.join(self.output, 'ort/node_modules/onnxruntime-node')):
            sys.exit(f'{group}: no ONNX Runtime in {self.output}/ort; {setup}')
        model = {'attention': 'mha_bh24_n256_d64', 'dit': 'dit_xl2' if xl else 'dit_s2'}.get(group)
        if model and not os.path.exists(os.path.join(self.output, 'onnx', model + '.onnx')):
            print(f'# making the ONNX models of {group}, once', file=sys.stderr)
            make = ['mkonnx.py'] if group == 'attention' else ['dit.py', '2', 'x', 'export']
            subprocess.run(['/usr/bin/python3', *make], cwd=self.folder, env=self.torch, check=True, stdout=subprocess.DEVNULL)

    def run(self, group, threads, xl):
        """One round of the others, in processes of few repetitions each."""
        t, found = str(threads), {}
        torch = lambda *what: found.update(lines(['/usr/bin/python3', *what], self.folder, {**self.torch, 'REPS': '1'}))
        ort = lambda what, reps: found.update(lines(['node', 'ort.js', t, reps, what], self.folder, self.environment))
        if group == 'gemm':
            for library in GEMM_LIBRARIES:
                found.update(lines([os.path.join(self.output, 'gemm'), t, '3', library], self.folder, self.environment))
        if group == 'attention':
            ort('attn_', '5')
            torch('torch_ops.py', t, '3', 'torch', 'fwdbwd_naive')
        if group == 'dit':
            for model in ('gp', 's2', 'b2') + (('xl2',) if xl else ()):
                ort(f'dit_{model}_', '3')
                torch('dit.py', t, 'torch', model)
        if group == 'elementwise':
            for kernel in ('layernorm', 'gelu', 'softmax', 'exp_2048', 'adamw_33M'): torch('torch_ops.py', t, '9', 'torch', kernel)
        return found


def ours(group, threads, xl):
    """One round of PureDit."""
    only = {'gemm': ['gemm_'], 'attention': ['attn_'], 'elementwise': ['layernorm', 'gelu', 'softmax', 'exp_2048', 'adamw_33M'],
            'dit': ['dit_gp', 'dit_s2', 'dit_b2'] + (['dit_xl2'] if xl else [])}[group]
    seconds = {'gemm': '0.08', 'dit': '0.3'}.get(group, '0.2')
    command = ['dotnet', PROGRAM, 'bench', '--lines', '--threads', str(threads), '--seconds', seconds]
    for name in only: command += ['--only', name]
    return {name.removeprefix('puredit_'): value for name, value in lines(command).items()}


def compare(rounds):
    """Rows (name, ours, peer, ratio, unit, goal, verdict, peer's name) from rounds of (ours, others)."""
    rows = []
    for name in dict.fromkeys(name for mine, _ in rounds for name in mine):
        base, thread = name.rsplit('_t', 1)
        for pattern, peers, goal in [goal for goal in GOALS if re.fullmatch(goal[0], base)][:2]:
            match = re.fullmatch(pattern, base)
            names = [f'{peer.format(base, **match.groupdict())}_t{thread}' for peer in peers]
            seen = []
            for mine, others in rounds:
                for other in names:
                    if name not in mine or other not in others or mine[name][1] != others[other][1]: continue
                    value, peer, unit = mine[name][0], others[other][0], mine[name][1]
                    seen.append((id(mine), value / peer if unit == 'GFLOP/s' else peer / value, value, peer, unit, other))
            best = [min((s for s in seen if s[0] == key), key=lambda s: s[1]) for key in dict.fromkeys(s[0] for s in seen)]
            if not best: continue
            ratio = statistics.median(s[1] for s in best)
            verdict = '-' if goal is None else 'met' if ratio >= goal else 'missed'
            winner = statistics.mode(s[5] for s in best).removesuffix(f'_t{thread}')
            rows.append((name, statistics.median(s[2] for s in best), statistics.median(s[3] for s in best), ratio, best[0][4], goal, verdict, winner))
            if not base.startswith('dit'): break
    return rows


def geometric(rows):
    """Rows of the geometric means of the matrix products, per number of threads; the goal is to be ahead."""
    rows, means = [row for row in rows if '_prepacked_' not in row[0]], []
    for thread in dict.fromkeys(row[0].rsplit('_t', 1)[1] for row in rows):
        ratios = [row[3] for row in rows if row[0].endswith('_t' + thread)]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        means.append((f'gemm_geometric_mean_t{thread}', math.nan, math.nan, mean, '', 1.0, 'met' if mean >= 1 else 'missed', f'{len(ratios)} shapes'))
    return means


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
    body = [f'## {group}', '', f'{datetime.date.today()}, {rounds} rounds, medians', '', *[f'- {fact}' for fact in facts], '',
            '| work | PureDit | peer | unit | ratio | goal | | peer is |', '|---|--:|--:|---|--:|--:|---|---|']
    body += [f'| {n} | {text(a)} | {text(b)} | {unit} | {ratio:.2f} | {text(goal)} | {verdict} | {peer} |' for n, a, b, ratio, unit, goal, verdict, peer in rows]
    kept = re.sub(rf'^## {group}\n.*?(?=^## |\Z)', '', old, flags=re.M | re.S).rstrip()
    temporary = path + '.tmp'
    with open(temporary, 'w') as file: file.write(kept + '\n\n' + '\n'.join(body) + '\n')
    os.replace(temporary, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('groups', nargs='*', default=[], help=' '.join(GROUPS))
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--threads', default='1,2')
    parser.add_argument('--xl', action='store_true', help='dit: also DiT-XL/2, which takes gigabytes and minutes')
    parser.add_argument('--peers', default=os.environ.get('PEERS', os.path.join(ROOT, '../shared/peers')))
    parser.add_argument('--write', metavar='FILE')
    parser.add_argument('--no-build', action='store_true')
    options = parser.parse_args()
    unknown = [group for group in options.groups if group not in GROUPS]
    if unknown: parser.error(f'unknown group {unknown[0]}: expected {", ".join(GROUPS)}')
    peers = Peers(os.path.abspath(options.peers))
    if not options.no_build: subprocess.run(['dotnet', 'build', '-c', 'Release', '-v', 'quiet', os.path.join(ROOT, 'src/PureDit.Cli')], check=True, stdout=sys.stderr)
    missed = 0
    for group in options.groups or GROUPS:
        peers.need(group, options.xl)
        rounds = []
        for number in range(options.rounds):
            mine, others = {}, {}
            for threads in map(int, options.threads.split(',')):
                print(f'# {group}, round {number + 1} of {options.rounds}, {threads} threads', file=sys.stderr)
                turns = [lambda: mine.update(ours(group, threads, options.xl)), lambda: others.update(peers.run(group, threads, options.xl))]
                for turn in turns if number % 2 == 0 else reversed(turns): turn()
            rounds.append((mine, others))
        rows = compare(rounds)
        rows += geometric(rows) if group == 'gemm' else []
        for name, a, b, ratio, unit, goal, verdict, peer in rows:
            print(f'{name:34} {text(a):>8} {text(b):>8} {ratio:6.2f}   {unit:8} {text(goal):>5} {verdict:7} {peer}', flush=True)
        missed += sum(row[6] == 'missed' for row in rows)
        if options.write: write(options.write, group, rows, options.rounds, machine(peers))
    print(f'# {missed} goals missed', file=sys.stderr)


if __name__ == '__main__': main()
