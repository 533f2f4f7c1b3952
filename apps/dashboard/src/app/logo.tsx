/** Three bars of falling rank, the top one struck. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="7" fill="#2f4bb3" />
      <path d="M8 9h16M11 16h10M14 23h4" stroke="#fff" strokeWidth="3.4" strokeLinecap="round" />
      <circle cx="19.5" cy="9" r="3.2" fill="#f2a33a" stroke="#2f4bb3" strokeWidth="1.6" />
    </svg>
  );
}
