// Logs in by JDBC and prints the user, or SQLSTATE and message of the error. The password comes in the environment.

import java.sql.DriverManager;
import java.sql.SQLException;

public final class Query {
    public static void main(String[] args) throws SQLException {
        try (var connection = DriverManager.getConnection(args[0], args[1], System.getenv("INTEROP_PASSWORD"));
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select current_user")) {
            rows.next();
            System.out.println("user " + rows.getString(1));
        } catch (SQLException error) {
            System.out.println(error.getSQLState() + " " + error.getMessage());
        }
    }
}
