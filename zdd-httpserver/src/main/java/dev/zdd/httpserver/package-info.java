/**
 * zdd on the HTTP server that comes with the JDK ({@code com.sun.net.httpserver}). {@link
 * dev.zdd.httpserver.InFlightHttpFilter} counts, {@link dev.zdd.httpserver.JdkHttpDrain} drains.
 */
@NullMarked
package dev.zdd.httpserver;

import org.jspecify.annotations.NullMarked;
