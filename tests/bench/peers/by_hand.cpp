// The task by hand: AVX2, eight workers at a time, in short loops over scratch that stays in the cache.
// Without FUSED every operation is that of compiled.py in the same order, so the bits are the same.

#include <immintrin.h>

#include <cstdint>

namespace {

using Floats = __m256;
using Words = __m256i;

inline Floats all(float x) { return _mm256_set1_ps(x); }
inline Words all_words(uint32_t x) { return _mm256_set1_epi32(static_cast<int>(x)); }
inline Floats add(Floats a, Floats b) { return _mm256_add_ps(a, b); }
inline Floats sub(Floats a, Floats b) { return _mm256_sub_ps(a, b); }
inline Floats mul(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
inline Floats less(Floats a, Floats b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
inline Floats equal(Floats a, Floats b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
inline Floats choose(Floats condition, Floats yes, Floats no) { return _mm256_blendv_ps(no, yes, condition); }

// A table for _mm256_permutevar8x32_ps, which looks up eight entries at once.
inline Floats by_status(float away, float searching, float employed, float owner) {
    return _mm256_setr_ps(away, searching, employed, owner, 0, 0, 0, 0);
}

// a * b + c, and c - a * b
#ifdef FUSED
inline Floats mul_add(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
inline Floats sub_mul(Floats c, Floats a, Floats b) { return _mm256_fnmadd_ps(a, b, c); }
#else
inline Floats mul_add(Floats a, Floats b, Floats c) { return add(mul(a, b), c); }
inline Floats sub_mul(Floats c, Floats a, Floats b) { return sub(c, mul(a, b)); }
#endif

template <int N>
inline Floats polynomial(Floats x, const float (&coefficients)[N]) {
    Floats p = all(coefficients[0]);
    for (int k = 1; k < N; ++k) p = mul_add(p, x, all(coefficients[k]));
    return p;
}

const float EXPONENTIAL[] = {0.0001991838653339073f, 0.0013946073595434427f, 0.008333263918757439f,
                             0.041666269302368164f,  0.1666666716337204f,    0.5f};
const float LOGARITHM[] = {0.06915155798196793f, -0.11789712309837341f, 0.11873020976781845f,
                           -0.12384367734193802f, 0.14218655228614807f, -0.16669249534606934f,
                           0.20002226531505585f, -0.24999986588954926f, 0.3333331048488617f};
const float LN2_HIGH = 0.693359375f, LN2_LOW = -2.12194440e-4f;

inline Floats exponential(Floats x) {
    Floats y = _mm256_min_ps(_mm256_max_ps(x, all(-87)), all(87));
    Floats n = _mm256_round_ps(mul(y, all(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    Floats r = sub_mul(sub_mul(y, n, all(LN2_HIGH)), n, all(LN2_LOW));
    Floats p = add(mul_add(mul(polynomial(r, EXPONENTIAL), r), r, r), all(1));
    Words power = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvttps_epi32(n), all_words(127)), 23);
    return mul(p, _mm256_castsi256_ps(power));
}

inline Floats logarithm(Floats x) {
    Words bits = _mm256_castps_si256(_mm256_max_ps(x, all(1e-37f)));
    Words exponent = _mm256_srai_epi32(_mm256_sub_epi32(bits, all_words(0x3F3504F3)), 23);
    Floats t = sub(_mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(exponent, 23))), all(1));
    Floats z = mul(t, t), e = _mm256_cvtepi32_ps(exponent);
    Floats y = mul_add(mul(polynomial(t, LOGARITHM), t), z, mul(e, all(LN2_LOW)));
    y = sub_mul(y, all(0.5f), z);
    return mul_add(e, all(LN2_HIGH), add(t, y));
}

// Both halves of eight products of 32 bits.
inline void product(Words a, Words b, Words& high, Words& low) {
    Words even = _mm256_mul_epu32(a, b);
    Words odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), b);
    low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
    high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
}

// Philox4x32-10 of eight counters.
inline void philox(Words (&c)[4], uint32_t k0, uint32_t k1) {
    for (int round = 0; round < 10; ++round) {
        Words a_high, a_low, b_high, b_low;
        product(c[0], all_words(0xD2511F53), a_high, a_low);
        product(c[2], all_words(0xCD9E8D57), b_high, b_low);
        c[0] = _mm256_xor_si256(_mm256_xor_si256(b_high, c[1]), all_words(k0));
        c[1] = b_low;
        c[2] = _mm256_xor_si256(_mm256_xor_si256(a_high, c[3]), all_words(k1));
        c[3] = a_low;
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
}

struct Columns {
    uint8_t* status;
    float *age, *skill, *ties, *savings;
};

// A word for each place of a village; vacant places get the largest.
inline void fill_words(uint32_t* words, int64_t count, int64_t size, uint64_t seed, int64_t village, uint32_t month) {
    const Words steps = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const int64_t quarter = count / 4;
    for (int64_t j = 0; j < quarter; j += 8) {
        Words c[4] = {all_words(static_cast<uint32_t>(village)),
                      _mm256_add_epi32(all_words(static_cast<uint32_t>(j)), steps), all_words(month), all_words(0)};
        philox(c, static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
        for (int part = 0; part < 4; ++part)
            _mm256_storeu_si256(reinterpret_cast<Words*>(words + j + part * quarter), c[part]);
    }
    for (int64_t j = size; j < count; ++j) words[j] = 0xFFFFFFFF;
}

// The utility of home of eight workers from place i on; they age.
inline Floats utility(const Columns& c, int64_t i, Floats base) {
    Floats a = _mm256_loadu_ps(c.age + i);
    Floats u = mul_add(all(SKILL), _mm256_loadu_ps(c.skill + i), base);
    u = mul_add(all(TIES), _mm256_loadu_ps(c.ties + i), u);
    u = mul_add(all(AGE), a, u);
    u = mul_add(all(SAVINGS), logarithm(add(all(1), _mm256_loadu_ps(c.savings + i))), u);
    _mm256_storeu_ps(c.age + i, add(a, all(MONTH)));
    return u;
}

inline Floats logistic(Floats u) { return _mm256_div_ps(all(1), add(all(1), exponential(sub(all(-0.0f), u)))); }

// The next status of eight workers from place i on and what follows from it. Returns a mask of who is at home.
inline int move_and_earn(const Columns& c, int64_t i, Words word, Floats p) {
    const Floats none = all(0), one = all(1), searching = all(SEARCHING), employed = all(EMPLOYED), owner = all(OWNER);
    Floats k = _mm256_loadu_ps(c.skill + i), w = _mm256_loadu_ps(c.ties + i), m = _mm256_loadu_ps(c.savings + i);
    Floats r = mul(_mm256_cvtepi32_ps(_mm256_srli_epi32(word, 8)), all(5.9604644775390625e-8f));
    Words bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(c.status + i)));
    Floats s = _mm256_cvtepi32_ps(bytes);
    Floats found = mul(mul(all(FOUND), p), k);
    Floats bound = choose(equal(s, none), mul(all(RETURN), p), mul(all(LOSS), sub(one, p)));
    Floats settled = choose(less(r, all(LEAVE_FROM)), searching, none);
    settled = choose(less(r, mul_add(all(HIRED), p, found)), employed, settled);
    settled = choose(less(r, found), owner, settled);
    s = choose(equal(s, searching), settled, choose(less(r, bound), searching, s));
    Floats away = equal(s, none), works = less(searching, s);
    Words whole = _mm256_cvttps_epi32(s);
    Floats pay = _mm256_permutevar8x32_ps(by_status(PAY_AWAY, PAY_SEARCHING, PAY_EMPLOYED, PAY_OWNER), whole);
    Floats cost = _mm256_permutevar8x32_ps(by_status(COST_AWAY, COST_SEARCHING, COST_EMPLOYED, COST_OWNER), whole);
    k = mul_add(_mm256_and_ps(works, all(LEARN)), sub(one, k), k);
    _mm256_storeu_ps(c.skill + i, k);
    _mm256_storeu_ps(c.ties + i, mul_add(all(TIES_KEPT), w, _mm256_andnot_ps(away, all(TIES_GAIN))));
    _mm256_storeu_ps(c.savings + i, _mm256_max_ps(sub(mul_add(pay, k, m), cost), none));
    __m128i pairs = _mm_packus_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(c.status + i), _mm_packus_epi16(pairs, pairs));
    return ~_mm256_movemask_ps(away) & 0xFF;
}

}  // namespace

extern "C" int supported() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

// One month of the villages low..high-1; arguments as in compiled.py.
extern "C" void advance(int64_t low, int64_t high, uint32_t month, uint64_t seed, const int64_t* first,
                        const int64_t* padded, const int64_t* size, const int64_t* edges, const int64_t* neighbour,
                        const float* before, float* after, uint8_t* status, float* age, float* skill, float* ties,
                        float* savings, uint32_t* words, float* chance) {
    const Columns columns{status, age, skill, ties, savings};
    for (int64_t v = low; v < high; ++v) {
        float around = 0;
        for (int64_t e = edges[v]; e < edges[v + 1]; ++e) around += before[neighbour[e]];
        around /= static_cast<float>(edges[v + 1] - edges[v]);
        const Floats base = all(BASE + PEERS * (OWN_SHARE * before[v] + NEIGHBOURS_SHARE * around));
        fill_words(words, padded[v], size[v], seed, v, month);
        for (int64_t j = 0; j < padded[v]; j += 8)
            _mm256_storeu_ps(chance + j, utility(columns, first[v] + j, base));
        for (int64_t j = 0; j < padded[v]; j += 8)
            _mm256_storeu_ps(chance + j, logistic(_mm256_loadu_ps(chance + j)));
        int home = 0;
        for (int64_t j = 0; j < padded[v]; j += 8) {
            Words word = _mm256_loadu_si256(reinterpret_cast<const Words*>(words + j));
            home += __builtin_popcount(move_and_earn(columns, first[v] + j, word, _mm256_loadu_ps(chance + j)));
        }
        after[v] = static_cast<float>(home) / static_cast<float>(size[v]);
    }
}
