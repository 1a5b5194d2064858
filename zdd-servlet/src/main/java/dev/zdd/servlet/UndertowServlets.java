package dev.zdd.servlet;

import io.undertow.server.HttpServerExchange;
import io.undertow.servlet.handlers.ServletRequestContext;

/** What needs undertow-servlet. */
final class UndertowServlets {
  private UndertowServlets() {}

  static boolean isMarked(HttpServerExchange exchange, String attribute) {
    ServletRequestContext context = exchange.getAttachment(ServletRequestContext.ATTACHMENT_KEY);
    return context != null && context.getServletRequest().getAttribute(attribute) != null;
  }
}
