/** zdd on the HTTP server that comes with the JDK ({@code com.sun.net.httpserver}). */
@NullMarked
package dev.zdd.httpserver;

import org.jspecify.annotations.NullMarked;
