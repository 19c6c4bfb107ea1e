// The text of the file README in the mounted folder.

export const README_NAME = 'README';

export const README = `\
Open a name in this folder to connect to an AlloyDB instance: it need not be listed, nor be named when the proxy starts.

    PROJECT.REGION.CLUSTER.INSTANCE

The name is a link to a folder with a Unix socket of PostgreSQL's name in it. To a client it is a host:

    psql "host=THIS_FOLDER/my-project.us-central1.my-cluster.my-primary dbname=postgres user=postgres"

Of a project that belongs to a domain, such as google.com:my-project, the colon becomes an underscore:

    google.com_my-project.us-central1.my-cluster.my-primary

Any name of that form works; whether there is such an instance shows when a client connects, and a client that cannot be
connected is told why. Listed are the names that listen now. One that nobody uses for five minutes is closed, and opened
again when it is next asked for.
`;
