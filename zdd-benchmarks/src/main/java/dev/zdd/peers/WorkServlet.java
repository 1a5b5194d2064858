package dev.zdd.peers;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;

/** Reads the body, sleeps, answers. */
final class WorkServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private final String port;
  private final String version;

  WorkServlet(String port, String version) {
    this.port = port;
    this.version = version;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    request.getInputStream().transferTo(OutputStream.nullOutputStream());
    String millis = request.getParameter("ms");
    try {
      Thread.sleep(millis == null ? 0 : Long.parseLong(millis));
    } catch (InterruptedException e) {
      // Cut short by a stop that has run out of time; the client sees it as what it is.
      Thread.currentThread().interrupt();
    }
    byte[] answer = Work.answer(request.getServletPath());
    response.setHeader("X-Shop-Instance", port);
    response.setHeader("X-Shop-Version", version);
    response.setContentType("text/plain");
    response.setContentLength(answer.length);
    response.getOutputStream().write(answer);
  }
}
