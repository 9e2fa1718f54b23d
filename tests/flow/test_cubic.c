/* flow/cubic: RFC 9438's curve in virtual time, and Reno's where that is more. */
#include "flow/window_support.h"

/* As after a loss at `peak` packets, with the estimate out of the way. */
static struct transport after_loss(double peak, double window)
{
    struct transport t = fresh(ALGORITHM_CUBIC);
    t.peak = (uint32_t)(peak * WINDOW_ONE);
    t.threshold = (uint32_t)(peak * WINDOW_ONE * 717 / 1024);
    t.window = (uint32_t)(window * WINDOW_ONE);
    t.square = 0;
    t.epoch_ms = UINT32_MAX - 3000; /* wraps */
    return t;
}

static double cube_root(double v)
{
    double root = v > 1 ? v : 1;
    for (int i = 0; i < 100; i++)
        root = (2 * root + v / (root * root)) / 3;
    return root;
}

static bool within(double a, double b, double most)
{
    return a - b <= most && b - a <= most;
}

static double curve_at(double peak, double ms)
{
    double k = cube_root(peak * (1 - 717.0 / 1024) / 0.4), s = ms / 1000 - k;
    return 0.4 * s * s * s + peak;
}

static void follows_the_curve(void **state)
{
    (void)state;
    static const double peaks[] = {50, 200, 1000, 20000, 1000000};
    for (size_t i = 0; i < 5; i++)
        for (uint32_t ms = 0; ms < 60000; ms += 250) {
            struct transport t = after_loss(peaks[i], peaks[i] * 0.7);
            t.virtual_ms = t.epoch_ms + ms;
            uint32_t before = t.window, last;
            do { /* half a round at most in one step, and Reno's estimate out of the way */
                last = t.window;
                t.square = 0;
                window_cubic.grow(&t, 100 + t.window / WINDOW_ONE);
            } while (t.window != last);
            double want = curve_at(peaks[i], ms) * WINDOW_ONE;
            if (want < before)
                assert_int_equal(t.window, before);
            else /* K is whole milliseconds */
                assert_true(within(t.window, want, 2 + want / 2000));
        }
}

static void is_exact(void **state)
{
    (void)state;
    struct transport t = after_loss(1000, 1000);
    t.threshold = t.peak; /* K is 0 */
    t.virtual_ms = t.epoch_ms + 100000;
    window_cubic.grow(&t, UINT32_MAX / 4096); /* 0.4 * 100^3 packets more */
    assert_int_equal(t.window, (1000 + 400000) * WINDOW_ONE);
}

static void starts_where_the_loss_left_it(void **state)
{
    (void)state;
    struct transport t = after_loss(1000, 700);
    t.window = t.threshold;
    t.virtual_ms = t.epoch_ms;
    window_cubic.grow(&t, 1000);
    assert_in_range(t.window, t.threshold, t.threshold + WINDOW_ONE / 2);
}

static void grows_by_half_a_round_at_most_and_never_shrinks(void **state)
{
    (void)state;
    struct transport t = after_loss(1000, 100);
    t.virtual_ms = t.epoch_ms + 100000;
    window_cubic.grow(&t, 1);
    assert_int_equal(t.window, 100 * WINDOW_ONE + WINDOW_ONE / 2);
    window_cubic.grow(&t, 100);
    assert_int_equal(t.window, 150 * WINDOW_ONE + WINDOW_ONE / 2);
    t = after_loss(1000, 990);
    t.virtual_ms = t.epoch_ms + 10;
    window_cubic.grow(&t, 1000);
    assert_int_equal(t.window, 990 * WINDOW_ONE);
}

/* After a loss at `peak` packets, on a path so short that the curve hardly moves. */
static struct transport near_reno(double peak)
{
    struct transport t = after_loss(peak, 0);
    t.window = t.threshold;
    t.square = square_of(t.threshold);
    t.virtual_ms = t.epoch_ms;
    return t;
}

static double square_in_packets(const struct transport *t)
{
    return (double)t->window * t->window / WINDOW_ONE / WINDOW_ONE;
}

/* W_est^2 grows by 2 alpha for each number, alpha = 3 (1 - beta) / (1 + beta); of small windows up
 * to where the loss was (RFC 9438, section 4.3), and by 2 from there on. */
static void is_no_slower_than_reno(void **state)
{
    (void)state;
    const double beta = 717.0 / 1024, alpha = 3 * (1 - beta) / (1 + beta);
    for (int packets = 4; packets < 2000; packets += packets < 40 ? 1 : packets) {
        const double peak = packets;
        struct transport t = near_reno(peak);
        const double start = square_in_packets(&t);
        const int slow = (int)((peak * peak - start) / (2 * alpha));
        for (int i = 0; i < slow; i++)
            window_cubic.grow(&t, 1);
        assert_true(within(square_in_packets(&t), peak * peak, 2 + peak / 50));
        for (int i = 0; i < 10000; i++)
            window_cubic.grow(&t, 1);
        const double more = 2 * 10000 * (packets < 32 ? 1 : alpha);
        assert_true(within(square_in_packets(&t), peak * peak + more, 3 + peak / 25));
    }
}

/* However the numbers come, one by one or together. */
static void passes_the_last_loss_in_one_step_as_in_many(void **state)
{
    (void)state;
    for (int n = 1; n < 400; n++) {
        struct transport whole = near_reno(20), parts = whole;
        window_cubic.grow(&whole, (uint64_t)n);
        for (int i = 0; i < n; i++)
            window_cubic.grow(&parts, 1);
        const uint64_t more =
            whole.square > parts.square ? whole.square - parts.square : parts.square - whole.square;
        assert_true(more <= (uint64_t)n); /* a step rounds down */
    }
}

static void a_loss_remembers_the_peak_and_yields_when_it_falls(void **state)
{
    (void)state;
    struct transport t = after_loss(1000, 800);
    t.virtual_ms = 4000;
    t.threshold = 560 * WINDOW_ONE;
    window_cubic.reduce(&t, 800 * WINDOW_ONE); /* below the last peak */
    assert_int_equal(t.peak, (uint64_t)800 * WINDOW_ONE * (1024 + 717) / 2048);
    assert_int_equal(t.epoch_ms, 4000);
    assert_true(t.square == square_of(560 * WINDOW_ONE));
    window_cubic.reduce(&t, 1200 * WINDOW_ONE);
    assert_int_equal(t.peak, 1200 * WINDOW_ONE);
    window_cubic.reduce(&t, 1200 * WINDOW_ONE); /* as high as before */
    assert_int_equal(t.peak, 1200 * WINDOW_ONE);
    t.threshold = WINDOW_LEAST;
    window_cubic.reduce(&t, WINDOW_ONE);
    assert_int_equal(t.peak, WINDOW_LEAST);
}

static void begins_its_curve_after_a_first_slow_start_only(void **state)
{
    (void)state;
    struct transport t = after_loss(1000, 600);
    uint32_t epoch = t.epoch_ms;
    t.virtual_ms = 4000;
    window_cubic.begin(&t);
    assert_true(t.peak == 1000 * WINDOW_ONE && t.epoch_ms == epoch);
    assert_true(t.square == square_of(t.window));
    t.peak = t.window - 1;
    window_cubic.begin(&t);
    assert_true(t.peak == t.window && t.epoch_ms == 4000);
}

static void stops_at_the_widest(void **state)
{
    (void)state;
    struct transport t = fresh(ALGORITHM_CUBIC);
    t.peak = t.threshold = WINDOW_MOST;
    t.window = WINDOW_MOST - WINDOW_ONE;
    t.square = UINT64_MAX;
    t.virtual_ms = UINT32_MAX;
    window_cubic.grow(&t, UINT32_MAX);
    assert_true(t.window == WINDOW_MOST && t.square == square_of(WINDOW_MOST));
    t.square = square_of(WINDOW_MOST) - 1;
    window_cubic.grow(&t, 1);
    assert_true(t.square == square_of(WINDOW_MOST));
    assert_int_equal(window_cubic.share_q10, 717);
    assert_ptr_equal(window_algorithm(&t), &window_cubic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_curve),
        cmocka_unit_test(is_exact),
        cmocka_unit_test(starts_where_the_loss_left_it),
        cmocka_unit_test(grows_by_half_a_round_at_most_and_never_shrinks),
        cmocka_unit_test(is_no_slower_than_reno),
        cmocka_unit_test(passes_the_last_loss_in_one_step_as_in_many),
        cmocka_unit_test(a_loss_remembers_the_peak_and_yields_when_it_falls),
        cmocka_unit_test(begins_its_curve_after_a_first_slow_start_only),
        cmocka_unit_test(stops_at_the_widest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
