/**
 * What every zdd module shares. Read {@link dev.zdd.core.Lifecycle} first, then {@link
 * dev.zdd.core.InFlight}: between them no feature of zdd needs to know another.
 */
@NullMarked
package dev.zdd.core;

import org.jspecify.annotations.NullMarked;
