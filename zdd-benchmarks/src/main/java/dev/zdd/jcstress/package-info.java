/**
 * What may be seen when two threads meet in {@link dev.zdd.core.InFlight} or in {@link
 * dev.zdd.core.Lifecycle}. {@link dev.zdd.jcstress.AdmissionAgainstTryClose} is the one that the
 * library stands on.
 */
package dev.zdd.jcstress;
