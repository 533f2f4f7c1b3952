/**
 * @file Direction numbers of S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections",
 * SIAM J. Sci. Comput. 30 (2008): the first 64 dimensions of their list new-joe-kuo-6.21201,
 * https://web.maths.unsw.edu.au/~fkuo/sobol/.
 *
 * They are under the licence that accompanies that list:
 *
 * Copyright (c) 2008, Frances Y. Kuo and Stephen Joe. All rights reserved.
 *
 * Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
 * following conditions are met:
 *
 * - Redistributions of source code must retain the above copyright notice, this list of conditions and the following
 *   disclaimer.
 * - Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following
 *   disclaimer in the documentation and/or other materials provided with the distribution.
 * - Neither the names of the copyright holders nor the names of the University of New South Wales and the University of
 *   Waikato and its contributors may be used to endorse or promote products derived from this software without specific
 *   prior written permission.
 *
 * THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
 * INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
 * DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDERS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY,
 * OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA,
 * OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT
 * LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF
 * ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
 */

/** How the direction numbers of one dimension go on. */
export interface Recurrence {
  /** Inner coefficients `a_1 … a_(s-1)` of the primitive polynomial as bits, `a_1` the most significant. */
  coefficients: number;
  /** First direction numbers `m_1 … m_s`; their count is the degree of the polynomial. */
  initial: readonly number[];
}

/** Recurrences of the dimensions after the first, which needs none. */
export const recurrences: readonly Recurrence[] = [
  { coefficients: 0, initial: [1] },
  { coefficients: 1, initial: [1, 3] },
  { coefficients: 1, initial: [1, 3, 1] },
  { coefficients: 2, initial: [1, 1, 1] },
  { coefficients: 1, initial: [1, 1, 3, 3] },
  { coefficients: 4, initial: [1, 3, 5, 13] },
  { coefficients: 2, initial: [1, 1, 5, 5, 17] },
  { coefficients: 4, initial: [1, 1, 5, 5, 5] },
  { coefficients: 7, initial: [1, 1, 7, 11, 19] },
  { coefficients: 11, initial: [1, 1, 5, 1, 1] },
  { coefficients: 13, initial: [1, 1, 1, 3, 11] },
  { coefficients: 14, initial: [1, 3, 5, 5, 31] },
  { coefficients: 1, initial: [1, 3, 3, 9, 7, 49] },
  { coefficients: 13, initial: [1, 1, 1, 15, 21, 21] },
  { coefficients: 16, initial: [1, 3, 1, 13, 27, 49] },
  { coefficients: 19, initial: [1, 1, 1, 15, 7, 5] },
  { coefficients: 22, initial: [1, 3, 1, 15, 13, 25] },
  { coefficients: 25, initial: [1, 1, 5, 5, 19, 61] },
  { coefficients: 1, initial: [1, 3, 7, 11, 23, 15, 103] },
  { coefficients: 4, initial: [1, 3, 7, 13, 13, 15, 69] },
  { coefficients: 7, initial: [1, 1, 3, 13, 7, 35, 63] },
  { coefficients: 8, initial: [1, 3, 5, 9, 1, 25, 53] },
  { coefficients: 14, initial: [1, 3, 1, 13, 9, 35, 107] },
  { coefficients: 19, initial: [1, 3, 1, 5, 27, 61, 31] },
  { coefficients: 21, initial: [1, 1, 5, 11, 19, 41, 61] },
  { coefficients: 28, initial: [1, 3, 5, 3, 3, 13, 69] },
  { coefficients: 31, initial: [1, 1, 7, 13, 1, 19, 1] },
  { coefficients: 32, initial: [1, 3, 7, 5, 13, 19, 59] },
  { coefficients: 37, initial: [1, 1, 3, 9, 25, 29, 41] },
  { coefficients: 41, initial: [1, 3, 5, 13, 23, 1, 55] },
  { coefficients: 42, initial: [1, 3, 7, 3, 13, 59, 17] },
  { coefficients: 50, initial: [1, 3, 1, 3, 5, 53, 69] },
  { coefficients: 55, initial: [1, 1, 5, 5, 23, 33, 13] },
  { coefficients: 56, initial: [1, 1, 7, 7, 1, 61, 123] },
  { coefficients: 59, initial: [1, 1, 7, 9, 13, 61, 49] },
  { coefficients: 62, initial: [1, 3, 3, 5, 3, 55, 33] },
  { coefficients: 14, initial: [1, 3, 1, 15, 31, 13, 49, 245] },
  { coefficients: 21, initial: [1, 3, 5, 15, 31, 59, 63, 97] },
  { coefficients: 22, initial: [1, 3, 1, 11, 11, 11, 77, 249] },
  { coefficients: 38, initial: [1, 3, 1, 11, 27, 43, 71, 9] },
  { coefficients: 47, initial: [1, 1, 7, 15, 21, 11, 81, 45] },
  { coefficients: 49, initial: [1, 3, 7, 3, 25, 31, 65, 79] },
  { coefficients: 50, initial: [1, 3, 1, 1, 19, 11, 3, 205] },
  { coefficients: 52, initial: [1, 1, 5, 9, 19, 21, 29, 157] },
  { coefficients: 56, initial: [1, 3, 7, 11, 1, 33, 89, 185] },
  { coefficients: 67, initial: [1, 3, 3, 3, 15, 9, 79, 71] },
  { coefficients: 70, initial: [1, 3, 7, 11, 15, 39, 119, 27] },
  { coefficients: 84, initial: [1, 1, 3, 1, 11, 31, 97, 225] },
  { coefficients: 97, initial: [1, 1, 1, 3, 23, 43, 57, 177] },
  { coefficients: 103, initial: [1, 3, 7, 7, 17, 17, 37, 71] },
  { coefficients: 115, initial: [1, 3, 1, 5, 27, 63, 123, 213] },
  { coefficients: 122, initial: [1, 1, 3, 5, 11, 43, 53, 133] },
  { coefficients: 8, initial: [1, 3, 5, 5, 29, 17, 47, 173, 479] },
  { coefficients: 13, initial: [1, 3, 3, 11, 3, 1, 109, 9, 69] },
  { coefficients: 16, initial: [1, 1, 1, 5, 17, 39, 23, 5, 343] },
  { coefficients: 22, initial: [1, 3, 1, 5, 25, 15, 31, 103, 499] },
  { coefficients: 25, initial: [1, 1, 1, 11, 11, 17, 63, 105, 183] },
  { coefficients: 44, initial: [1, 1, 5, 11, 9, 29, 97, 231, 363] },
  { coefficients: 47, initial: [1, 1, 5, 15, 19, 45, 41, 7, 383] },
  { coefficients: 52, initial: [1, 3, 7, 7, 31, 19, 83, 137, 221] },
  { coefficients: 55, initial: [1, 1, 1, 3, 23, 15, 111, 223, 83] },
  { coefficients: 59, initial: [1, 1, 5, 13, 31, 15, 55, 25, 161] },
  { coefficients: 62, initial: [1, 1, 3, 13, 25, 47, 39, 87, 257] },
];

export const largestDimension = recurrences.length + 1;
