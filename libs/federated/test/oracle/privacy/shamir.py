"""Shares of secrets by Shamir's scheme over a prime field, and what subsets of them give: Python integers alone.
"""
import json
import random
from itertools import combinations
from pathlib import Path

PRIME = 2**256 + 297
OUT = Path(__file__).parents[2] / "vectors/privacy/shamir.json"


def is_prime(n, rounds=40):
    """Miller and Rabin's test."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    draw = random.Random(1)
    for base in (draw.randrange(2, 2**64) for _ in range(rounds)):
        value = pow(base, odd, n)
        if value in (1, n - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % n
            if value == n - 1:
                break
        else:
            return False
    return True


def share(coefficients, holders):
    return [sum(c * pow(x, k, PRIME) for k, c in enumerate(coefficients)) % PRIME for x in range(1, holders + 1)]


def lagrange_at_zero(points):
    total = 0
    for x, y in points:
        term = y
        for other, _ in points:
            if other != x:
                term = term * -other * pow(x - other, -1, PRIME) % PRIME
        total += term
    return total % PRIME


def main():
    assert is_prime(PRIME) and not any(is_prime(2**256 + k) for k in range(1, 297))
    draw = random.Random(7)
    cases = []
    for needed, holders in [(1, 1), (2, 2), (2, 3), (3, 5), (5, 5), (4, 9)]:
        secret = draw.randrange(2**256)
        coefficients = [secret] + [draw.randrange(PRIME) for _ in range(needed - 1)]
        shares = share(coefficients, holders)
        points = list(enumerate(shares, 1))
        for subset in combinations(points, needed):
            assert lagrange_at_zero(subset) == secret
        fewer = points[-(needed - 1):] if needed > 1 else []
        cases.append({
            "needed": needed,
            "coefficients": [str(c) for c in coefficients],
            "shares": [str(s) for s in shares],
            "fewer": str(lagrange_at_zero(fewer)),
        })
    # The secret is the largest of 32 bytes.
    secret = 2**256 - 1
    coefficients = [secret, PRIME - 1]
    cases.append({
        "needed": 2,
        "coefficients": [str(c) for c in coefficients],
        "shares": [str(s) for s in share(coefficients, 2)],
        "fewer": str(lagrange_at_zero([(2, share(coefficients, 2)[1])])),
    })
    OUT.write_text(json.dumps({"prime": str(PRIME), "cases": cases}, separators=(",", ":")) + "\n")


main()
