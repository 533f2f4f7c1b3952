"""A stream of numbers that a test in another language draws as well: mulberry32, and normals by Box and Muller."""
import math

WORD = 0xFFFFFFFF


class Stream:
    def __init__(self, seed):
        self.state = seed & WORD

    def uniform(self):
        self.state = (self.state + 0x6D2B79F5) & WORD
        t = self.state
        t = ((t ^ (t >> 15)) * (t | 1)) & WORD
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & WORD)) & WORD
        return ((t ^ (t >> 14)) & WORD) / 2**32

    def normal(self):
        first, second = self.uniform(), self.uniform()
        return math.sqrt(-2 * math.log(1 - first)) * math.cos(2 * math.pi * second)

    def integer(self, bound):
        return math.floor(self.uniform() * bound)

    def normals(self, count):
        return [self.normal() for _ in range(count)]

    def integers(self, count, bound):
        return [self.integer(bound) for _ in range(count)]
