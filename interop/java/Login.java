// Logs in through Google's JDBC connector and prints one line of JSON: the logins, or the error. With "again" it then waits for a
// line on standard input, and logs in once more. The password comes in the environment.

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

public final class Login {
    private final Properties properties = new Properties();
    private int connections = 1;
    private boolean again;

    public static void main(String[] arguments) throws Exception {
        var login = new Login(arguments);
        login.attempt(1);
        if (login.again) {
            System.in.read();
            // What follows is a change that the connector notices by a failure.
            login.attempt(60);
        }
        // The connector's own threads would keep the process.
        System.exit(0);
    }

    /** Each argument is a property of the connection, NAME=VALUE, but for "again" and "connections=N". */
    private Login(String[] arguments) {
        properties.setProperty("socketFactory", "com.google.cloud.alloydb.SocketFactory");
        // The connector encrypts; the driver must not ask for it again.
        properties.setProperty("sslmode", "disable");
        var password = System.getenv("INTEROP_PASSWORD");
        properties.setProperty("password", password == null || password.isEmpty() ? "unused" : password);
        for (var argument : arguments) {
            var parts = argument.split("=", 2);
            switch (parts[0]) {
                case "again" -> again = true;
                case "connections" -> connections = Integer.parseInt(parts[1]);
                default -> properties.setProperty(parts[0], parts[1]);
            }
        }
    }

    private void attempt(int most) throws InterruptedException {
        for (var left = most - 1; left >= 0; left--) {
            try {
                say("{\"logins\": [" + String.join(", ", logIn()) + "]}");
                return;
            } catch (SQLException error) {
                if (left == 0) say("{\"error\": " + describe(error) + "}");
                else Thread.sleep(1000);
            }
        }
    }

    private List<String> logIn() throws SQLException {
        var open = new ArrayList<Connection>();
        try {
            for (var n = 0; n < connections; n++) open.add(DriverManager.getConnection("jdbc:postgresql:///postgres", properties));
            var logins = new ArrayList<String>();
            for (var connection : open) {
                try (var statement = connection.createStatement();
                        var rows = statement.executeQuery("select current_user, pg_backend_pid()")) {
                    rows.next();
                    logins.add("{\"user\": " + quoted(rows.getString(1)) + ", \"backend\": " + rows.getInt(2) + "}");
                }
            }
            return logins;
        } finally {
            for (var connection : open) connection.close();
        }
    }

    /** The texts of the whole chain: what the Admin API said stands below what the driver makes of it. */
    private static String describe(SQLException error) {
        var text = new StringBuilder();
        for (Throwable cause = error; cause != null; cause = cause.getCause()) text.append(cause).append('\n');
        return "{\"sqlState\": " + quoted(String.valueOf(error.getSQLState())) + ", \"text\": " + quoted(text.toString()) + "}";
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replaceAll("\\p{Cntrl}", " ") + '"';
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
