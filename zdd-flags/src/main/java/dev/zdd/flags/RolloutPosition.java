package dev.zdd.flags;

/**
 * How far a flag is rolled out, by its store.
 *
 * @param enabled false if it is off for everybody, whatever the percentage
 * @param percentage for how many of those whom neither lists nor rules decide; 100 % if the flag
 *     has none
 * @param revision what the store holds, to be expected by {@link FlagRollout#raise}
 */
public record RolloutPosition(boolean enabled, Percentage percentage, FlagRevision revision) {}
