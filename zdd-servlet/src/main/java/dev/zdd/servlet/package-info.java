/**
 * zdd in a servlet container. {@link dev.zdd.servlet.EndpointServlet} shows zdd's endpoints, {@link
 * dev.zdd.servlet.InFlightFilter} counts requests, {@link dev.zdd.servlet.RequestContextFilter}
 * binds whom each is for, and a drain per container ({@link dev.zdd.servlet.JettyDrain}, {@link
 * dev.zdd.servlet.TomcatDrain}, {@link dev.zdd.servlet.UndertowDrain}) knows how that one stops
 * taking.
 */
@NullMarked
package dev.zdd.servlet;

import org.jspecify.annotations.NullMarked;
