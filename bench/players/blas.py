"""Plays matrix products of a BLAS library: blas.py LIBRARY(.so) THREADS; lines `gemm_m_n_k_ta_tb seconds` in, milliseconds out.

The library's own settings (OPENBLAS_CORETYPE, BLIS_ARCH_TYPE, OMP_NUM_THREADS …) are read from the environment when it is loaded.
"""
import array, ctypes, mmap, random, sys, time

ROW_MAJOR, PLAIN, TRANSPOSED, PAGE = 101, 111, 112, 1 << 21
library, threads = ctypes.CDLL(sys.argv[1]), int(sys.argv[2])
for setter in ('openblas_set_num_threads', 'bli_thread_set_num_threads'):
    if hasattr(library, setter): getattr(library, setter)(threads)
values = array.array('f', (random.random() - 0.5 for _ in range(1 << 16))).tobytes()
kept = []


def matrix(count):
    """Memory aligned to a huge page, filled with numbers between -0.5 and 0.5."""
    memory = mmap.mmap(-1, 4 * count + PAGE + len(values))
    kept.append(memory)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    skip = -start % PAGE
    for at in range(skip, skip + 4 * count, len(values)): memory[at:at + len(values)] = values
    return ctypes.c_void_p(start + skip)


def product(m, n, k, ta, tb):
    a, b, c = matrix(m * k), matrix(k * n), matrix(m * n)
    lda, ldb, one, zero = (m if ta else k), (k if tb else n), ctypes.c_float(1), ctypes.c_float(0)
    if hasattr(library, 'cblas_sgemm'):
        call, order = library.cblas_sgemm, [TRANSPOSED if t else PLAIN for t in (ta, tb)]
        return lambda: call(ROW_MAJOR, *order, m, n, k, one, a, lda, b, ldb, zero, c, n)
    call, long = library.dnnl_sgemm, ctypes.c_long
    order = [ctypes.c_char(b'T' if t else b'N') for t in (ta, tb)]
    return lambda: call(*order, long(m), long(n), long(k), one, a, long(lda), b, long(ldb), zero, c, long(n))


name = None
for line in sys.stdin:
    wanted, seconds = line.split()
    if wanted != name: name, run = wanted, product(*map(int, wanted.split('_')[1:]))
    start, calls, elapsed = time.perf_counter(), 0, 0
    while calls == 0 or elapsed < float(seconds):
        run()
        calls += 1
        elapsed = time.perf_counter() - start
    print(1e3 * elapsed / calls, flush=True)
