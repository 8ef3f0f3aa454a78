package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// A Platform is the registration of this server as an LTI tool in a Canvas, by the issuer and the client id.
// All Canvas instances of Instructure's cloud have the same issuer.
type Platform struct {
	bun.BaseModel `bun:"table:lti_platform,alias:plt"`

	ID       int64  `bun:"id,pk"`
	Issuer   string `bun:"issuer"`
	ClientID string `bun:"client_id"`
	AuthURL  string `bun:"auth_url"`
	TokenURL string `bun:"token_url"`
	JWKSURL  string `bun:"jwks_url"`
	// AwaitsDeployment is set until the first launch brings the id of a deployment.
	AwaitsDeployment bool      `bun:"awaits_deployment"`
	CreatedAt        time.Time `bun:"created_at"`
}

// A Deployment is an installation of the tool in an account.
type Deployment struct {
	bun.BaseModel `bun:"table:lti_deployment,alias:dpl"`

	PlatformID   int64  `bun:"platform_id,pk"`
	DeploymentID string `bun:"deployment_id,pk"`
	AccountID    int64  `bun:"account_id"`
}

// AddPlatform stores a registration and its deployments, and sets its id. It fails with fault.Conflict if
// the issuer and the client id are registered already.
func (s *Store) AddPlatform(ctx context.Context, p *Platform, deployments []*Deployment) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return s.insertPlatform(ctx, tx, p, deployments) })
}

// ErrLinkUsed is the error for a second registration by the same link.
var ErrLinkUsed = errors.New("the registration link was used before")

// AddPlatformByLink is AddPlatform for a registration that a link with an id allows once. It fails with
// ErrLinkUsed if the link has added a registration already.
func (s *Store) AddPlatformByLink(ctx context.Context, p *Platform, link string, expires time.Time) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		wasUnused, err := UseNonce(ctx, tx, link, expires, p.CreatedAt)
		if err != nil {
			return err
		}
		if !wasUnused {
			return ErrLinkUsed
		}
		return s.insertPlatform(ctx, tx, p, nil)
	})
}

func (s *Store) insertPlatform(ctx context.Context, tx bun.Tx, p *Platform, deployments []*Deployment) error {
	exists, err := tx.NewSelect().Model((*Platform)(nil)).Where("issuer = ? AND client_id = ?", p.Issuer, p.ClientID).Exists(ctx)
	if err != nil {
		return err
	}
	if exists {
		return fault.New(fault.Conflict, fmt.Sprintf("the client id %s of %s is registered already", p.ClientID, p.Issuer))
	}
	if p.ID, err = s.ReserveIDs(ctx, tx, 1); err != nil {
		return err
	}
	for _, d := range deployments {
		d.PlatformID = p.ID
	}
	if _, err := tx.NewInsert().Model(p).Exec(ctx); err != nil {
		return err
	}
	return query.Insert(ctx, tx, deployments)
}

// RemovePlatform deletes a registration. It fails with fault.NotFound if there is none with the id.
func (s *Store) RemovePlatform(ctx context.Context, id int64) error {
	res, err := s.db.Write(ctx, s.db.NewDelete().Model((*Platform)(nil)).Where("id = ?", id))
	if err != nil {
		return fmt.Errorf("remove platform %d: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.NotFound, fmt.Sprintf("no platform has the id %d", id)))
	}
	return nil
}

// A ListedPlatform is a registration with its deployments.
type ListedPlatform struct {
	*Platform
	Deployments []*Deployment
}

// ListPlatforms returns all registrations by id.
func (s *Store) ListPlatforms(ctx context.Context) ([]ListedPlatform, error) {
	var platforms []*Platform
	if err := s.db.NewSelect().Model(&platforms).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list the platforms: %w", query.WrapError(err))
	}
	var deployments []*Deployment
	if err := s.db.NewSelect().Model(&deployments).Order("platform_id", "deployment_id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list the deployments: %w", query.WrapError(err))
	}
	listed := make([]ListedPlatform, len(platforms))
	for i, p := range platforms {
		listed[i].Platform = p
		for _, d := range deployments {
			if d.PlatformID == p.ID {
				listed[i].Deployments = append(listed[i].Deployments, d)
			}
		}
	}
	return listed, nil
}

// FindPlatforms returns the registrations of an issuer, only that of the client id unless it is "".
func (s *Store) FindPlatforms(ctx context.Context, issuer, clientID string) ([]*Platform, error) {
	var found []*Platform
	q := s.db.NewSelect().Model(&found).Where("issuer = ?", issuer).Limit(2)
	if clientID != "" {
		q.Where("client_id = ?", clientID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("find a platform: %w", query.WrapError(err))
	}
	return found, nil
}

// LoadPlatform returns the registration with an id. It fails with fault.NotFound if there is none.
func (s *Store) LoadPlatform(ctx context.Context, id int64) (*Platform, error) {
	p := &Platform{}
	if err := s.db.NewSelect().Model(p).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read platform %d: %w", id, query.WrapError(err))
	}
	return p, nil
}

// PlatformAddresses returns the base URLs of the accounts that have a deployment, and the issuers, whose
// pages show this server in a frame.
func (s *Store) PlatformAddresses(ctx context.Context) (urls []string, err error) {
	err = s.db.NewRaw(`SELECT acc.base_url FROM account AS acc WHERE acc.id IN (SELECT account_id FROM lti_deployment)
		UNION SELECT issuer FROM lti_platform ORDER BY 1`).Scan(ctx, &urls)
	if err != nil {
		return nil, fmt.Errorf("list the addresses of the platforms: %w", query.WrapError(err))
	}
	return urls, nil
}
