package dev.zdd.flags;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * From when on something is stale.
 *
 * @param fullyOnDays how many days a flag may be on for everyone
 * @param warnDays how many days before its end an expiry is warned of
 * @param unusedFor how long a program has to have run before what it did not use counts as unused
 * @param lifetimes how many days a flag of a type may live, if nobody gave it an expiry; types that
 *     are not here may live for ever
 * @param ignored findings that are left out
 */
record StaleLimits(
    int fullyOnDays,
    int warnDays,
    Duration unusedFor,
    Map<FlagType, Integer> lifetimes,
    Set<StaleKind> ignored) {}
